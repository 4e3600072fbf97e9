package dev.cairn.tools.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tools.migration.Connection;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Connection} keeps. */
abstract class ConnectionContract {
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Arena arena = Arena.ofShared();
  private Connection ours = new Unconnected();
  private Connection theirs = new Unconnected();

  /** Returns two ends of one connection. */
  abstract List<? extends Connection> pair() throws IOException;

  @BeforeEach
  void connect() throws IOException {
    List<? extends Connection> pair = pair();
    ours = pair.get(0);
    theirs = pair.get(1);
  }

  @AfterEach
  void close() throws IOException {
    ours.close();
    theirs.close();
    arena.close();
  }

  private MemorySegment bytes(int... values) {
    MemorySegment segment = arena.allocate(values.length);
    for (int i = 0; i < values.length; i++) {
      segment.set(ValueLayout.JAVA_BYTE, i, (byte) values[i]);
    }
    return segment;
  }

  /** Something done in a thread of its own. */
  private record Task<T>(Thread thread, FutureTask<T> result) {
    static <T> Task<T> start(Callable<T> what) {
      FutureTask<T> result = new FutureTask<>(what);
      return new Task<>(Thread.ofPlatform().daemon().start(result), result);
    }

    T get() throws Exception {
      return result.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** Waits until it waits in the kernel. */
    void awaitWaiting() throws InterruptedException {
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (Arrays.stream(thread.getStackTrace())
          .noneMatch(f -> f.getMethodName().equals("poll"))) {
        assertTrue(System.nanoTime() < end, "it waits in poll");
        TimeUnit.MILLISECONDS.sleep(1);
      }
    }
  }

  @Test
  void bytesComeInTheirOrderBothWays() throws IOException {
    ours.write(bytes(1, 2, 3));
    theirs.write(bytes(9));
    MemorySegment into = arena.allocate(2);
    assertEquals(2, theirs.read(into));
    assertArrayEquals(new byte[] {1, 2}, into.toArray(ValueLayout.JAVA_BYTE));
    assertEquals(1, theirs.read(into));
    assertEquals(3, into.get(ValueLayout.JAVA_BYTE, 0));
    assertEquals(1, ours.read(into));
    assertEquals(9, into.get(ValueLayout.JAVA_BYTE, 0));
  }

  @Test
  void moreThanTheKernelKeepsGoesThroughWhileTheOtherSideReads() throws Exception {
    byte[] sent = new byte[8 << 20];
    new Random(1).nextBytes(sent);
    MemorySegment from = arena.allocate(sent.length).copyFrom(MemorySegment.ofArray(sent));
    Task<Boolean> writer =
        Task.start(
            () -> {
              ours.write(from);
              ours.shutdown();
              return true;
            });
    MemorySegment into = arena.allocate(sent.length + 1);
    long at = 0;
    int got;
    while ((got = theirs.read(into.asSlice(at))) > 0) {
      at += got;
    }
    assertEquals(-1, got);
    assertTrue(writer.get());
    assertEquals(sent.length, at);
    assertEquals(-1, from.mismatch(into.asSlice(0, at)));
  }

  @Test
  void awaitInputTellsWhetherReadWouldWait() throws IOException {
    assertFalse(theirs.awaitInput(Duration.ZERO));
    assertFalse(theirs.awaitInput(Duration.ofMillis(5)));
    ours.write(bytes(7));
    assertTrue(theirs.awaitInput(PATIENCE));
    assertEquals(1, theirs.read(arena.allocate(8)));
    ours.close();
    assertTrue(theirs.awaitInput(PATIENCE));
    assertEquals(-1, theirs.read(arena.allocate(8)));
  }

  @Test
  void shutdownEndsAWaitingReader() throws Exception {
    Task<Integer> reader = Task.start(() -> ours.read(arena.allocate(8)));
    reader.awaitWaiting();
    ours.shutdown();
    assertEquals(-1, reader.get());
    assertEquals(-1, theirs.read(arena.allocate(8)));
    ours.shutdown();
  }

  @Test
  void shutdownEndsAWaitingWriter() throws Exception {
    Task<Integer> writer =
        Task.start(
            () -> {
              ours.write(arena.allocate(64 << 20));
              return 0;
            });
    writer.awaitWaiting();
    ours.shutdown();
    assertIsIoException(writer);
  }

  @Test
  void closeEndsAWaitingReaderAndFreesTheNumberBehindIt() throws Exception {
    long before = sockets();
    Task<Integer> reader = Task.start(() -> ours.read(arena.allocate(8)));
    reader.awaitWaiting();
    ours.close();
    assertEquals(-1, reader.get());
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (sockets() > before - 1) {
      assertTrue(System.nanoTime() < end, "the number is free");
      TimeUnit.MILLISECONDS.sleep(1);
    }
    assertThrows(IOException.class, () -> ours.read(arena.allocate(8)));
    assertThrows(IOException.class, () -> ours.write(arena.allocate(8)));
    ours.close();
    ours.shutdown();
  }

  @Test
  void writingToAPeerThatIsGoneIsAnErrorAndNoSignal() throws Exception {
    theirs.close();
    Task<Integer> writer =
        Task.start(
            () -> {
              while (true) {
                ours.write(arena.allocate(1 << 20));
              }
            });
    assertIsIoException(writer);
  }

  private static void assertIsIoException(Task<Integer> task) {
    ExecutionException e = assertThrows(ExecutionException.class, task::get);
    assertTrue(e.getCause() instanceof IOException, e.toString());
  }

  @Test
  void whatIsUnsentIsToldUntilThePeerHasTakenIt() throws IOException, InterruptedException {
    assertEquals(0, ours.unsentBytes());
    ours.write(arena.allocate(1000));
    MemorySegment into = arena.allocate(4096);
    for (int left = 1000; left > 0; ) {
      left -= theirs.read(into);
    }
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (ours.unsentBytes() > 0) {
      assertTrue(System.nanoTime() < end, "all was taken");
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  @Test
  void descriptorsDoNotLeak() throws IOException {
    long before = sockets();
    for (int i = 0; i < 20; i++) {
      for (Connection each : pair()) {
        each.close();
      }
    }
    assertEquals(before, sockets());
  }

  /** Returns how many sockets this process has. */
  private static long sockets() throws IOException {
    long count = 0;
    try (var all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path each : all) {
        count += isSocket(each) ? 1 : 0;
      }
    }
    return count;
  }

  private static boolean isSocket(Path descriptor) throws IOException {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
    } catch (NoSuchFileException e) {
      return false; // closed meanwhile
    }
  }

  /** Before it is connected. */
  private static final class Unconnected implements Connection {
    @Override
    public boolean awaitInput(Duration most) throws IOException {
      throw new IOException(name());
    }

    @Override
    public int read(MemorySegment into) throws IOException {
      throw new IOException(name());
    }

    @Override
    public void write(MemorySegment from) throws IOException {
      throw new IOException(name());
    }

    @Override
    public void shutdown() {}

    @Override
    public String name() {
      return "not connected";
    }

    @Override
    public void close() {}
  }
}

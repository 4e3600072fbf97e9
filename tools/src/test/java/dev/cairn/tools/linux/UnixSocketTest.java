package dev.cairn.tools.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tools.migration.Connection;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Unix sockets keep the contract, and pass descriptors. */
class UnixSocketTest extends ConnectionContract {
  private final Path directory;

  UnixSocketTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Override
  List<? extends Connection> pair() throws IOException {
    return UnixSocket.pair("a pair");
  }

  private static MemorySegment bytes(Arena arena, int count) {
    return arena.allocate(count).fill((byte) 'x');
  }

  @Test
  void aDescriptorArrivesBesideItsByteAndIsTheSameSocket() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      var carrier = UnixSocket.pair("carrier");
      var passed = UnixSocket.pair("passed");
      try (UnixSocket here = carrier.get(0);
          UnixSocket there = carrier.get(1);
          UnixSocket end = passed.get(0)) {
        try (UnixSocket other = passed.get(1)) {
          here.sendDescriptors(bytes(arena, 3), PATIENCE, other.number());
        }
        MemorySegment into = arena.allocate(8);
        UnixSocket.Received got = there.receiveDescriptors(into, 2, PATIENCE);
        assertEquals(3, got.bytes());
        assertEquals(1, got.descriptors().size());
        assertFalse(end.awaitInput(Duration.ZERO), "the passed end is open");
        try (UnixSocket adopted = UnixSocket.adopt(got.descriptors().getFirst(), "adopted")) {
          assertTrue(isClosedOnExec(adopted.number()));
          adopted.write(bytes(arena, 1));
          assertEquals(1, end.read(into));
        }
        assertEquals(-1, end.read(into));
        here.shutdown();
        assertEquals(-1, there.receiveDescriptors(into, 1, PATIENCE).bytes());
      }
    }
  }

  @Test
  void moreDescriptorsThanWantedAreAllClosed() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      var carrier = UnixSocket.pair("carrier");
      var passed = UnixSocket.pair("passed");
      try (UnixSocket here = carrier.get(0);
          UnixSocket there = carrier.get(1);
          UnixSocket end = passed.get(0)) {
        try (UnixSocket other = passed.get(1)) {
          int number = other.number();
          here.sendDescriptors(bytes(arena, 1), PATIENCE, number, number, number, number);
        }
        MemorySegment into = arena.allocate(8);
        IOException refused =
            assertThrows(IOException.class, () -> there.receiveDescriptors(into, 1, PATIENCE));
        assertTrue(
            String.valueOf(refused.getMessage()).contains("at most 1"), refused.getMessage());
        assertEquals(-1, end.read(into), "nobody holds the passed end");
      }
    }
  }

  @Test
  void nothingComesInTime() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      var pair = UnixSocket.pair("a pair");
      try (UnixSocket here = pair.get(0);
          UnixSocket there = pair.get(1)) {
        MemorySegment into = arena.allocate(8);
        assertThrows(
            SocketTimeoutException.class,
            () -> here.receiveDescriptors(into, 1, Duration.ofMillis(5)));
        MemorySegment much = arena.allocate(16 << 20);
        assertThrows(SocketTimeoutException.class, () -> there.write(much, Duration.ofMillis(5)));
        assertTrue(there.unsentBytes() > 0);
      }
    }
  }

  @Test
  void aDuplicateKeepsTheConnectionAndSharesItsShutdown() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      var pair = UnixSocket.pair("a pair");
      try (UnixSocket there = pair.get(1);
          UnixSocket copy = copyOnly(pair.get(0))) {
        assertTrue(isClosedOnExec(copy.number()));
        MemorySegment into = arena.allocate(8);
        copy.write(bytes(arena, 2));
        assertEquals(2, there.read(into));
        copy.shutdown();
        assertEquals(-1, there.read(into));
      }
    }
  }

  private static UnixSocket copyOnly(UnixSocket socket) throws IOException {
    try (socket) {
      return socket.duplicate();
    }
  }

  @Test
  void aListenerIsItsOwnersOnlyAndItsNameGoesWithIt() throws IOException {
    Path path = directory.resolve("s");
    try (UnixListener listener = UnixListener.listen(path)) {
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
      assertThrows(FileAlreadyExistsException.class, () -> UnixListener.listen(path));
      assertThrows(SocketTimeoutException.class, () -> listener.accept(Duration.ofMillis(5)));
      try (UnixSocket one = UnixSocket.connect(path, PATIENCE);
          UnixSocket two = listener.accept(PATIENCE)) {
        assertEquals(ProcessHandle.current().pid(), one.peerPid());
        assertEquals(ProcessHandle.current().pid(), two.peerPid());
        assertEquals("unix:" + path, one.name());
      }
    }
    assertFalse(Files.exists(path));
    assertThrows(ConnectException.class, () -> UnixSocket.connect(path, PATIENCE));
  }

  /** A listener that is shut is always ready, and has no peers: who waits must not ask for ever. */
  @Test
  void whoWaitsForAPeerIsToldThatItsListenerWasClosed() throws Exception {
    for (int i = 0; i < 10; i++) {
      UnixListener listener = UnixListener.listen(directory.resolve("s"));
      CountDownLatch begun = new CountDownLatch(1);
      FutureTask<UnixSocket> peer =
          new FutureTask<>(
              () -> {
                begun.countDown();
                return listener.accept(PATIENCE);
              });
      Thread.ofPlatform().daemon().start(peer);
      begun.await();
      Thread.sleep(i); // before it waits, or while it does: both are to end
      listener.close();
      ExecutionException told =
          assertThrows(
              ExecutionException.class,
              () -> peer.get(PATIENCE.toSeconds() + 30, TimeUnit.SECONDS));
      assertTrue(String.valueOf(told.getMessage()).contains("is closed"), told.getMessage());
    }
  }

  @Test
  void aFullQueueIsWaitedForNoLongerThanTold() throws IOException {
    Path path = directory.resolve("s");
    List<UnixSocket> queued = new ArrayList<>();
    try (UnixListener listener = UnixListener.listen(path)) {
      SocketTimeoutException full =
          assertThrows(
              SocketTimeoutException.class,
              () -> {
                while (queued.size() < 10) {
                  queued.add(UnixSocket.connect(path, Duration.ofMillis(50)));
                }
              });
      assertTrue(
          String.valueOf(full.getMessage()).contains("no connection within 50 ms"),
          full.getMessage());
      listener.accept(PATIENCE).close();
    } finally {
      for (UnixSocket each : queued) {
        each.close();
      }
    }
  }

  @Test
  void aPathThatIsTooLongIsRefusedByName() {
    UnknownHostException refused =
        assertThrows(
            UnknownHostException.class,
            () -> UnixSocket.connect(directory.resolve("x".repeat(108)), PATIENCE));
    assertTrue(
        String.valueOf(refused.getMessage()).contains("1 to 107 bytes"), refused.getMessage());
  }

  private static boolean isClosedOnExec(int number) throws IOException {
    String flags =
        Files.readAllLines(Path.of("/proc/self/fdinfo/" + number)).stream()
            .filter(line -> line.startsWith("flags:"))
            .findFirst()
            .orElseThrow();
    return (Integer.parseInt(flags.substring(6).strip(), 8) & LinuxCalls.O_CLOEXEC) != 0;
  }

  @Test
  void bytesOfASegmentAreTheCallersOnly() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      var pair = UnixSocket.pair("a pair");
      try (UnixSocket here = pair.get(0);
          UnixSocket there = pair.get(1)) {
        MemorySegment into = arena.allocate(8).fill((byte) 1);
        here.write(bytes(arena, 3));
        assertEquals(3, there.read(into.asSlice(2, 6)));
        assertEquals(1, into.get(ValueLayout.JAVA_BYTE, 1));
        assertEquals('x', into.get(ValueLayout.JAVA_BYTE, 2));
        assertEquals(1, into.get(ValueLayout.JAVA_BYTE, 5));
        assertThrows(IllegalArgumentException.class, () -> there.read(into.asSlice(0, 0)));
      }
    }
  }
}

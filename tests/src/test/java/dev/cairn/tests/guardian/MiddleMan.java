package dev.cairn.tests.guardian;

import dev.cairn.tools.linux.UnixListener;
import dev.cairn.tools.linux.UnixSocket;
import dev.cairn.tools.migration.ColoMessage;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a QEMU and whoever captures it: in the place of the QMP socket, and of the
 * migration's that is passed over it. All that either side says passes, unless a {@link Meddler}
 * has it otherwise; a side that ends ends the other.
 */
final class MiddleMan implements Closeable {
  /** What is done to what passes, by the thread that would pass it on, and may be held up. */
  interface Meddler {
    /** A line is about to go to QEMU. */
    default void command(String line) throws IOException {}

    /** Returns what passes instead of a line of QEMU's, with its end. */
    default String answer(String line) throws IOException {
      return line;
    }

    /** Returns what passes instead of bytes of QEMU's migration. */
    default byte[] stream(byte[] bytes) throws IOException {
      return bytes;
    }

    /** Tells whether an answer to the migration passes: PONG, SHUT, or a name of COLO's. */
    default boolean passes(String answer) throws IOException {
      return true;
    }

    /** An answer has passed. */
    default void passed(String answer) throws IOException {}
  }

  private static final Duration LONG = Duration.ofMinutes(10);
  private static final int BUFFER = 4096;
  private static final int RETURN_PATH_BYTES = 8;
  private static final int SHUT = 1;

  private final Path path;
  private final UnixListener listener;
  private final Path qemu;
  private final Meddler meddler;

  private MiddleMan(Path path, UnixListener listener, Path qemu, Meddler meddler) {
    this.path = path;
    this.listener = listener;
    this.qemu = qemu;
    this.meddler = meddler;
  }

  /** Listens at a path for clients of a QEMU. */
  static MiddleMan listen(Path path, Path qemu, Meddler meddler) throws IOException {
    MiddleMan man = new MiddleMan(path, UnixListener.listen(path), qemu, meddler);
    start(
        () -> {
          while (true) {
            UnixSocket client = man.listener.accept(LONG);
            start(() -> man.serve(client));
          }
        });
    return man;
  }

  Path path() {
    return path;
  }

  /** What a thread does until it fails, as it does when its sockets are shut. */
  private interface Step {
    void run() throws IOException;
  }

  private static void start(Step step) {
    Thread.ofPlatform()
        .daemon()
        .name("middle-man")
        .start(
            () -> {
              try {
                step.run();
              } catch (IOException e) {
                // Its sockets were shut.
              }
            });
  }

  private void serve(UnixSocket client) throws IOException {
    try (client;
        UnixSocket server = UnixSocket.connect(qemu, LONG)) {
      start(() -> ending(client, server, () -> answers(server, client)));
      ending(client, server, () -> commands(client, server));
    }
  }

  /** Does something, and shuts both sockets when that ends. */
  private static void ending(UnixSocket one, UnixSocket other, Step step) throws IOException {
    try {
      step.run();
    } finally {
      one.shutdown();
      other.shutdown();
    }
  }

  private void answers(UnixSocket from, UnixSocket to) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER);
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
        for (byte each : buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE)) {
          line.write(each);
          if (each == '\n') {
            String passed = meddler.answer(line.toString(StandardCharsets.UTF_8));
            write(to, passed.getBytes(StandardCharsets.UTF_8));
            line.reset();
          }
        }
      }
    }
  }

  private void commands(UnixSocket from, UnixSocket to) throws IOException {
    @Nullable UnixSocket passed = null;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER);
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      while (true) {
        UnixSocket.Received got = from.receiveDescriptors(buffer, 1, LONG);
        for (int descriptor : got.descriptors()) {
          passed = UnixSocket.adopt(descriptor, "the capture's migration");
        }
        if (got.bytes() < 0) {
          return;
        }
        for (byte each : buffer.asSlice(0, got.bytes()).toArray(ValueLayout.JAVA_BYTE)) {
          line.write(each);
          if (each == '\n') {
            meddler.command(line.toString(StandardCharsets.UTF_8));
            if (passed == null) {
              write(to, line.toByteArray());
            } else {
              relay(passed, to, line.toByteArray());
              passed = null;
            }
            line.reset();
          }
        }
      }
    } finally {
      if (passed != null) {
        passed.close();
      }
    }
  }

  /** Gives QEMU another socket than the one that came, and stands between the two. */
  private void relay(UnixSocket capture, UnixSocket to, byte[] line) throws IOException {
    List<UnixSocket> pair = UnixSocket.pair("QEMU's migration");
    UnixSocket source = pair.get(0);
    try (UnixSocket theirs = pair.get(1);
        Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(line.length).copyFrom(MemorySegment.ofArray(line));
      to.sendDescriptors(bytes, LONG, theirs.number());
    }
    start(
        () -> {
          try (source;
              capture) {
            start(() -> ending(source, capture, () -> replies(capture, source)));
            ending(source, capture, () -> stream(source, capture));
          }
        });
  }

  private void stream(UnixSocket from, UnixSocket to) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER);
      for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
        write(to, meddler.stream(buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE)));
      }
    }
  }

  private void replies(UnixSocket from, UnixSocket to) throws IOException {
    boolean shut = false;
    while (true) {
      byte[] message = read(from, shut ? Integer.BYTES : RETURN_PATH_BYTES);
      ByteBuffer fields = ByteBuffer.wrap(message);
      String name;
      if (shut) {
        name = ColoMessage.name(fields.getInt(0));
      } else {
        shut = fields.getShort(0) == SHUT;
        name = shut ? "SHUT" : "PONG";
      }
      if (meddler.passes(name)) {
        write(to, message);
        meddler.passed(name);
      }
    }
  }

  private static byte[] read(UnixSocket from, int count) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(count);
      for (int done = 0; done < count; ) {
        int got = from.read(bytes.asSlice(done));
        if (got < 0) {
          throw new IOException("it has ended");
        }
        done += got;
      }
      return bytes.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static void write(UnixSocket to, byte[] bytes) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      to.write(arena.allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes)));
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}

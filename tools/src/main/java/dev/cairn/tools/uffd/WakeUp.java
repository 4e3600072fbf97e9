package dev.cairn.tools.uffd;

import dev.cairn.tools.linux.UnixSocket;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** A descriptor that is readable when somebody called: wakes a thread that polls. Thread-safe. */
final class WakeUp implements Closeable {
  private final UnixSocket reads;
  private final UnixSocket writes;
  private final AtomicBoolean called = new AtomicBoolean();

  WakeUp() throws IOException {
    List<UnixSocket> pair = UnixSocket.pair("wake-up");
    reads = pair.getFirst();
    writes = pair.getLast();
  }

  int number() {
    return reads.number();
  }

  /** Wakes who waits, now or next; does nothing when this is closed. */
  void call() {
    if (called.compareAndSet(false, true)) {
      try (Arena arena = Arena.ofConfined()) {
        writes.write(arena.allocate(1), Duration.ofSeconds(1));
      } catch (IOException e) {
        // closed: nobody waits any more
      }
    }
  }

  /** Takes the call: the next one wakes again. */
  void take() throws IOException {
    if (called.get()) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment one = arena.allocate(1);
        reads.read(one);
      }
      called.set(false);
    }
  }

  @Override
  public void close() {
    writes.close();
    reads.close();
  }
}

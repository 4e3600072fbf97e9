package dev.cairn.tools.guardian;

import dev.cairn.tools.capture.AttachFile;
import dev.cairn.tools.linux.Pidfd;
import dev.cairn.tools.linux.UnixSocket;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The guardian: hears the heartbeat of a capture, holds a duplicate of its migration socket, and
 * rescues the guest if the capture dies or falls silent. Its work is done by the thread that calls
 * {@link #watch}; two more only read.
 */
final class Guardian {
  private static final Duration FOR_EVER = Duration.ofDays(1000);
  private static final byte END = 0;

  private final AttachFile file;
  private final Pidfd capture;
  private final UnixSocket control;
  private final Consumer<String> says;
  private final BlockingQueue<Byte> heard = new LinkedBlockingQueue<>();

  private boolean killed;
  private @Nullable UnixSocket migration; // guarded by this
  private boolean rescues; // guarded by this

  Guardian(AttachFile file, Pidfd capture, UnixSocket control, Consumer<String> says) {
    this.file = file;
    this.capture = capture;
    this.control = control;
    this.says = says;
  }

  /**
   * Watches until the capture says that all is put back, or was rescued.
   *
   * @param heartbeat of the capture
   * @return the exit code
   */
  int watch(InputStream heartbeat) throws IOException, InterruptedException {
    AttachFile.Content content =
        file.read().orElseThrow(() -> new IOException(file.path() + ": there is none"));
    Rehearsal.run(content);
    Thread.ofPlatform().daemon().name("heartbeat").start(() -> hear(heartbeat));
    Thread.ofPlatform().daemon().name("control").start(this::serve);
    HeartbeatClock clock = new HeartbeatClock(content.maxPause());
    while (true) {
      long left = clock.left(System.nanoTime());
      Byte next = left <= 0 ? heard.poll() : heard.poll(left, TimeUnit.NANOSECONDS);
      if (next == null) {
        if (clock.left(System.nanoTime()) <= 0) {
          String words = "nothing heard of the capture for " + content.maxPause().toMillis();
          return rescue(content, words + " ms while the guest may be paused", false);
        }
        continue;
      }
      switch (next) {
        case ControlMessage.BEAT -> clock.wind(System.nanoTime());
        case ControlMessage.RUNS -> clock.stop();
        case ControlMessage.QUIT -> {
          return 0;
        }
        default -> {
          String words = "the capture has ended without putting back what it changed";
          return rescue(content, words, !clock.isRunning());
        }
      }
    }
  }

  private int rescue(AttachFile.Content content, String why, boolean idle) throws IOException {
    shut();
    says.accept(content.chain() + ": " + why + ": rescuing the guest");
    Rescue.Result result =
        new Rescue(file, says, QmpMonitor::open, RescueTime.REAL)
            .knowing(content)
            .with(this::kill)
            .idle(idle)
            .run();
    says.accept(result.words());
    return result.exit();
  }

  private boolean kill() throws IOException {
    if (killed || !capture.isAlive()) {
      return false;
    }
    capture.signal(Pidfd.SIGKILL);
    killed = true;
    return true;
  }

  /** From now on a socket that comes is shut at once. */
  private synchronized void shut() {
    rescues = true;
    if (migration != null) {
      migration.shutdown();
      migration.close();
    }
  }

  private synchronized void keep(UnixSocket socket) {
    if (migration != null) {
      migration.close();
    }
    migration = socket;
    if (rescues) {
      socket.shutdown();
    }
  }

  /** The thread that hears: whatever its end is, it means a rescue. */
  private void hear(InputStream heartbeat) {
    try {
      int next;
      while ((next = heartbeat.read()) >= 0) {
        heard.add((byte) next);
      }
    } catch (IOException e) {
      says.accept("heartbeat: " + e.getMessage());
    } finally {
      heard.add(END);
    }
  }

  /** The thread that takes sockets. Its end means nothing: the heartbeat's does. */
  private void serve() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(1);
      answer(bytes, ControlMessage.READY);
      while (true) {
        UnixSocket.Received got = control.receiveDescriptors(bytes, 1, FOR_EVER);
        List<Integer> descriptors = got.descriptors();
        if (!descriptors.isEmpty()) {
          keep(UnixSocket.adopt(descriptors.getFirst(), "the migration socket"));
        }
        if (got.bytes() < 0) {
          return;
        }
        answer(bytes, ControlMessage.ANSWER);
      }
    } catch (IOException e) {
      // The capture is gone, or has sent this one away.
    }
  }

  private void answer(MemorySegment bytes, byte value) throws IOException {
    bytes.set(ValueLayout.JAVA_BYTE, 0, value);
    control.write(bytes);
  }
}

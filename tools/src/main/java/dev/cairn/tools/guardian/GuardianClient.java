package dev.cairn.tools.guardian;

import dev.cairn.tools.capture.AttachFile;
import dev.cairn.tools.capture.PauseWatch;
import dev.cairn.tools.linux.UnixSocket;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The capture's side of its guardian. Thread-safe.
 *
 * <p>A guardian that has died is replaced before the next pause. If that may have begun already,
 * there is no time for it: the migration socket is shut, so that the guest runs, and the caller
 * told.
 */
public final class GuardianClient implements PauseWatch {
  /** Between pauses, so nobody's guest waits for it: a guardian that takes longer is stuck. */
  private static final Duration AWAKE = Duration.ofSeconds(5);

  private final AttachFile file;
  private final Duration maxPause;
  private final Consumer<String> says;

  private GuardianProcess process;
  private @Nullable UnixSocket migration;
  private boolean runs;
  private boolean closed;
  private long lastBeat;

  private GuardianClient(
      AttachFile file, Duration maxPause, Consumer<String> says, GuardianProcess process) {
    this.file = file;
    this.maxPause = maxPause;
    this.says = says;
    this.process = process;
  }

  /**
   * Starts a guardian and waits until it watches.
   *
   * @param file is written already
   * @param says takes what a person should know, such as that a guardian has died
   */
  public static GuardianClient start(AttachFile file, Consumer<String> says) throws IOException {
    AttachFile.Content content =
        file.read().orElseThrow(() -> new IOException(file.path() + ": there is none"));
    return new GuardianClient(file, content.maxPause(), says, GuardianProcess.start(file.path()));
  }

  /** Returns the guardian's process id. */
  public synchronized long pid() {
    return process.pid();
  }

  @Override
  public synchronized void begin(OptionalInt descriptor) throws IOException {
    checkOpen();
    forgetMigration();
    if (descriptor.isPresent()) {
      // Of our own, as a new guardian needs one, too.
      migration = UnixSocket.adopt(descriptor.getAsInt(), "the migration socket").duplicate();
    }
    wind(true);
  }

  @Override
  public synchronized void beat() throws IOException {
    checkOpen();
    if (!runs) {
      wind(false);
      return;
    }
    if (!process.isAlive()) {
      throw lost();
    }
    long now = System.nanoTime();
    if (now - lastBeat >= maxPause.toNanos() / 8) {
      write(ControlMessage.BEAT);
      lastBeat = now;
    }
  }

  @Override
  public synchronized void ended() throws IOException {
    checkOpen();
    if (runs) {
      runs = false;
      if (process.isAlive()) {
        write(ControlMessage.RUNS);
      }
    }
  }

  /** A pause may begin: somebody watches, is awake, and has the socket. */
  private void wind(boolean isNew) throws IOException {
    boolean awake = process.isAlive();
    if (awake) {
      try {
        if (isNew && migration != null) {
          process.give(migration.number(), AWAKE);
        } else {
          process.ask(AWAKE);
        }
      } catch (IOException e) {
        awake = false;
      }
    }
    if (!awake) {
      restart();
    }
    runs = true;
    write(ControlMessage.BEAT);
    lastBeat = System.nanoTime();
  }

  private void restart() throws IOException {
    says.accept("the guardian, process " + process.pid() + ", has died or is stuck: starting one");
    process.close();
    process = GuardianProcess.start(file.path());
    if (migration != null) {
      process.give(migration.number(), AWAKE);
    }
  }

  private void write(byte value) throws IOException {
    try {
      process.beat(value);
    } catch (IOException e) {
      if (runs) {
        throw lost();
      }
    }
  }

  private IOException lost() {
    runs = false;
    if (migration != null) {
      migration.shutdown();
    }
    return new IOException(
        "the guardian, process "
            + process.pid()
            + ", has died while the guest may be paused: this checkpoint is given up");
  }

  private void forgetMigration() {
    if (migration != null) {
      migration.close();
      migration = null;
    }
  }

  private void checkOpen() throws IOException {
    if (closed) {
      throw new IOException("the guardian has been sent away");
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      forgetMigration();
      process.quit();
    }
  }
}

package dev.cairn.tools.guardian;

import dev.cairn.store.BadInputException;
import dev.cairn.tools.capture.AttachFile;
import dev.cairn.tools.guardian.RescuePlan.Act;
import dev.cairn.tools.guardian.RescuePlan.Seen;
import dev.cairn.tools.guardian.RescuePlan.Step;
import dev.cairn.tools.linux.LinuxException;
import dev.cairn.tools.linux.Pidfd;
import dev.cairn.tools.qmp.QmpException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that a guest runs after its capture has died or got stuck, from the attach file alone:
 * asks QEMU where it stands, makes the steps of {@link RescuePlan} until it is settled, puts
 * settings back, and deletes the file. All of it may be done again, and by several at once. Used by
 * one thread.
 */
public final class Rescue {
  /** So long QMP may be held by a capture that is about to let go of it. */
  static final Duration QMP_PATIENCE = Duration.ofMillis(500);

  private static final Duration LATER_QMP_PATIENCE = Duration.ofSeconds(2);
  private static final Duration BETWEEN_CONNECTIONS = Duration.ofMillis(200);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);
  private static final Duration BETWEEN_WORDS = Duration.ofMinutes(1);

  /** By hand it is told, rather than waited for, that QEMU does not answer. */
  private static final Duration BY_HAND = Duration.ofSeconds(15);

  private static final int DONE = 0;
  private static final int FAILED = 1;
  private static final int LOST = 7;
  private static final int BUSY = 11;

  /**
   * How it went.
   *
   * @param exit code: 0 the guest runs, or was left to somebody else, or there was nothing to do; 1
   *     QEMU could not be asked or refuses settings; 7 the guest does not run, and it is not
   *     Cairn's to start it; 11 another client or another migration has QEMU
   * @param words for a person, one line
   */
  public record Result(int exit, String words) {}

  private final AttachFile file;
  private final Consumer<String> says;
  private final Monitor.Door door;
  private final RescueTime time;

  private AttachFile.@Nullable Content content;
  private Duration patience = Duration.ofNanos(Long.MAX_VALUE);
  private Stuck stuck = Stuck.NOBODY;
  private boolean idle;

  // Of one run.
  private long begun;
  private long spoken;
  private @Nullable Monitor monitor;
  private String trouble = "";
  private Seen seen = new Seen("none", "not asked yet");
  private int same;

  Rescue(AttachFile file, Consumer<String> says, Monitor.Door door, RescueTime time) {
    this.file = file;
    this.says = says;
    this.door = door;
    this.time = time;
  }

  /**
   * Does by hand what the guardian does: for {@code cairn capture CHAIN --rescue} and {@code
   * ExecStopPost=}. Kills nobody: a capture that still holds QMP is told.
   *
   * @param store directory of the store
   * @param says takes lines for standard error
   * @throws BadInputException if the attach file is not sound
   */
  public static Result byHand(Path store, String chain, Consumer<String> says) throws IOException {
    Rescue rescue =
        new Rescue(AttachFile.of(store, chain), says, QmpMonitor::open, RescueTime.REAL);
    rescue.patience = BY_HAND;
    return rescue.run();
  }

  /** Says who may be stuck. */
  Rescue with(Stuck capture) {
    stuck = capture;
    return this;
  }

  /** Says how long to go on. */
  Rescue within(Duration most) {
    patience = most;
    return this;
  }

  /** Says what the attach file was, should it not be readable any more. */
  Rescue knowing(AttachFile.Content earlier) {
    content = earlier;
    return this;
  }

  /**
   * Says that the guest was heard to run, and nothing of ours was begun since: what is paused, or
   * migrates, is then somebody else's doing, but for COLO, which goes on.
   */
  Rescue idle(boolean isIdle) {
    idle = isIdle;
    return this;
  }

  /** Rescues; the migration socket is shut by now, or everybody who had it is dead. */
  Result run() throws IOException {
    begun = time.nanos();
    spoken = begun;
    try {
      while (true) {
        Optional<AttachFile.Content> now = read();
        if (now.isEmpty()) {
          return new Result(DONE, "nothing to rescue: there is no " + file.path());
        }
        if (isGone(now.get())) {
          file.delete();
          return new Result(
              DONE, "nothing to rescue: QEMU, process " + now.get().qemuPid() + ", has ended");
        }
        Optional<Result> result = look(now.get());
        if (result.isPresent()) {
          return result.get();
        }
        if (since().compareTo(patience) > 0) {
          return overdue(now.get());
        }
        speak(now.get());
      }
    } finally {
      hangUp();
    }
  }

  private Duration since() {
    return Duration.ofNanos(time.nanos() - begun);
  }

  /** What is known from before helps where the store's disk does not. */
  private Optional<AttachFile.Content> read() throws IOException {
    try {
      return file.read();
    } catch (IOException e) {
      if (content == null) {
        throw e;
      }
      trouble = String.valueOf(e.getMessage());
      return Optional.of(content);
    }
  }

  private AttachFile.Phase phase(AttachFile.Content now) {
    boolean open = now.phase() == AttachFile.Phase.MIGRATING && isColo(now);
    return idle && !open ? AttachFile.Phase.ATTACHED : now.phase();
  }

  private static boolean isColo(AttachFile.Content now) {
    return now.mode().equals("colo");
  }

  private static boolean isGone(AttachFile.Content now) throws IOException {
    if (now.qemuPid() == 0) {
      return false;
    }
    try (Pidfd qemu = Pidfd.open(now.qemuPid(), now.qemuStart())) {
      return !qemu.isAlive();
    } catch (LinuxException e) {
      // Errors other than ESRCH tell nothing; then the socket does.
      return Pidfd.startTime(now.qemuPid()).orElse(-1) != now.qemuStart();
    }
  }

  /** One look at QEMU, one step. */
  private Optional<Result> look(AttachFile.Content now) throws IOException {
    try {
      Monitor asked = monitor(now);
      Seen before = seen;
      seen = ask(asked);
      Step step = RescuePlan.next(phase(now), isColo(now), seen, since());
      if (step.act().isLast()) {
        same = seen.equals(before) ? same + 1 : 1;
        if (same >= 2) {
          return Optional.of(end(asked, now, step));
        }
      } else {
        same = 0;
        make(asked, step);
      }
      trouble = step.words() + " (" + seen + ")";
      time.pass(BETWEEN_LOOKS);
    } catch (InterruptedIOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
      again(e); // a timeout is one, too
    } catch (BadInputException e) {
      throw e;
    } catch (IOException e) {
      again(e);
    }
    return Optional.empty();
  }

  private void again(IOException e) throws IOException {
    trouble = String.valueOf(e.getMessage());
    same = 0;
    hangUp();
    time.pass(BETWEEN_CONNECTIONS);
  }

  private Monitor monitor(AttachFile.Content now) throws IOException {
    if (monitor == null) {
      boolean first = since().compareTo(QMP_PATIENCE) < 0;
      try {
        monitor = door.open(now.qmp(), first ? QMP_PATIENCE : LATER_QMP_PATIENCE);
      } catch (IOException e) {
        if (since().compareTo(QMP_PATIENCE) >= 0 && stuck.kill()) {
          says.accept("the capture of " + now.chain() + " is stuck and holds QMP: killed");
        }
        throw e;
      }
    }
    return monitor;
  }

  private static Seen ask(Monitor asked) throws IOException {
    // In this order: a migration that ends between both has started the guest by then, or not yet.
    String migration = asked.execute("query-migrate", Map.of()).path("status").asText("none");
    String runState = asked.execute("query-status", Map.of()).path("status").asText();
    return new Seen(migration, runState);
  }

  private void make(Monitor asked, Step step) throws IOException {
    String command = step.act().command();
    if (command.isEmpty()) {
      return;
    }
    try {
      asked.execute(command, Map.of());
    } catch (QmpException e) {
      // It has happened already, or cannot yet: the next look tells.
      trouble = String.valueOf(e.getMessage());
    }
  }

  private Result end(Monitor asked, AttachFile.Content now, Step step) throws IOException {
    String words = now.chain() + ": " + step.words();
    if (step.act() == Act.OTHERS || step.act() == Act.LOST_IN_COLO) {
      int exit = step.act() == Act.OTHERS ? BUSY : LOST;
      return new Result(exit, words + "; then: " + byHand(now));
    }
    List<String> refused = Settings.putBack(asked, now);
    if (!now.overlays().isEmpty()) {
      words += "; overlays of disk pairs whose points are not durable: " + now.overlays();
    }
    file.delete();
    if (!refused.isEmpty()) {
      words += "; QEMU does not take these settings back: " + refused;
    }
    int fine = refused.isEmpty() ? DONE : FAILED;
    return new Result(step.act() == Act.LOST ? LOST : fine, words);
  }

  private Result overdue(AttachFile.Content now) {
    return new Result(
        monitor == null ? BUSY : FAILED,
        now.chain()
            + ": the guest may be paused: "
            + trouble
            + "; end what holds QMP (a capture that is stuck: kill -KILL), then: "
            + byHand(now));
  }

  private void speak(AttachFile.Content now) {
    if (time.nanos() - spoken >= BETWEEN_WORDS.toNanos()) {
      spoken = time.nanos();
      says.accept(
          now.chain() + ": the guest may be paused: " + trouble + "; by hand: " + byHand(now));
    }
  }

  private String byHand(AttachFile.Content now) {
    Path run = file.path().toAbsolutePath().getParent();
    Path store = run == null ? null : run.getParent();
    return "cairn --store " + store + " capture " + now.chain() + " --rescue";
  }

  private void hangUp() throws IOException {
    Monitor open = monitor;
    monitor = null;
    if (open != null) {
      open.close();
    }
  }
}

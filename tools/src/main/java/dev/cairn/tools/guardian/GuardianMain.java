package dev.cairn.tools.guardian;

import dev.cairn.tools.capture.AttachFile;
import dev.cairn.tools.linux.OwnSession;
import dev.cairn.tools.linux.Pidfd;
import dev.cairn.tools.linux.UnixSocket;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The entry of a guardian process. It is started by {@link GuardianClient}, speaks with it as
 * {@link ControlMessage} says, and ends with the exit code of its rescue, if there was one.
 */
public final class GuardianMain {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int FAILED = 1;

  private GuardianMain() {}

  /** Takes the attach file, the control socket, and process id and start time of the capture. */
  public static void main(String[] args) throws InterruptedException {
    Sayings says = new Sayings(System.err);
    int exit = FAILED;
    try {
      OwnSession.begin();
      AttachFile file = new AttachFile(Path.of(args[0]));
      try (Pidfd capture = Pidfd.open(Long.parseLong(args[2]), Long.parseLong(args[3]));
          UnixSocket control = UnixSocket.connect(Path.of(args[1]), PATIENCE)) {
        exit = new Guardian(file, capture, control, says).watch(System.in);
      }
    } catch (IOException | RuntimeException e) {
      says.accept(String.valueOf(e.getMessage()));
    }
    says.finish(Duration.ofSeconds(1));
    // Threads that wait for input may be left.
    Runtime.getRuntime().halt(exit);
  }
}

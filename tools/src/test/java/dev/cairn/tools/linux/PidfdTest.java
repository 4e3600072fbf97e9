package dev.cairn.tools.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A process is that process, and no other that has its number. */
class PidfdTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Test
  void aProcessIsStoppedEndedAndWaitedFor() throws IOException, InterruptedException {
    Process child = new ProcessBuilder("cat").start();
    try (Pidfd handle = Pidfd.open(child.pid())) {
      assertEquals(child.pid(), handle.pid());
      assertTrue(handle.isAlive());
      handle.signal(Pidfd.SIGSTOP);
      assertFalse(handle.awaitEnd(Duration.ofMillis(5)));
      handle.signal(Pidfd.SIGKILL);
      assertTrue(handle.awaitEnd(PATIENCE));
      assertTrue(child.waitFor(60, TimeUnit.SECONDS));
      assertFalse(handle.isAlive());
      handle.signal(Pidfd.SIGKILL);
    } finally {
      child.destroyForcibly();
    }
    assertTrue(Pidfd.startTime(child.pid()).isEmpty());
    assertThrows(LinuxException.class, () -> Pidfd.open(child.pid()));
  }

  @Test
  void anotherProcessWithTheNumberIsNotTakenForIt() throws IOException {
    long own = ProcessHandle.current().pid();
    long start = Pidfd.startTime(own).orElseThrow();
    Pidfd.open(own, start).close();
    LinuxException gone =
        assertThrows(LinuxException.class, () -> Pidfd.open(own, start + 1).close());
    assertTrue(String.valueOf(gone.getMessage()).contains("no such process"), gone.getMessage());
  }
}

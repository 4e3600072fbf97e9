package dev.cairn.tools.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** No guest outlives the demo. */
@Timeout(60)
class GuestProcessTest {
  private static final long MEMORY_BYTES = 4 << 20;

  @Test
  void aGuestIsKilledAtItsDeadline() throws IOException {
    try (GuestProcess guest = start(Duration.ofSeconds(5))) {
      // After a text and a number it waits for a command, and would for ever.
      IOException e =
          assertThrows(
              IOException.class,
              () -> guest.call(in -> in.readUTF() + in.readLong() + in.readLong()));
      assertTrue(String.valueOf(e.getMessage()).contains("exit code 137"), e.getMessage());
      assertFalse(isAlive(guest.pid()));
    }
  }

  @Test
  void aClosedGuestIsGone() throws IOException {
    GuestProcess guest = start(Duration.ofSeconds(60));
    assertTrue(isAlive(guest.pid()));
    guest.close();
    assertFalse(isAlive(guest.pid()));
  }

  @Test
  void aGuestThatIsLeftAloneEndsByItself() throws Exception {
    try (GuestProcess guest = start(Duration.ofSeconds(60))) {
      Optional<ProcessHandle> process = ProcessHandle.of(guest.pid());
      guest.out().close();
      process.orElseThrow().onExit().get();
      assertFalse(isAlive(guest.pid()));
    }
  }

  @Test
  void digestsCountTheRegionsThatDiffer() {
    RegionDigests a = new RegionDigests(List.of("a", "b", "c"));
    assertEquals(0, a.differences(new RegionDigests(List.of("a", "b", "c"))));
    assertEquals(1, a.differences(new RegionDigests(List.of("a", "x", "c"))));
    assertEquals(3, a.differences(new RegionDigests(List.of("a", "b"))));
  }

  private static GuestProcess start(Duration deadline) throws IOException {
    return GuestProcess.start(
        GuestProtocol.RUN, MEMORY_BYTES, DirtyTracker.Choice.COMPARE, deadline);
  }

  private static boolean isAlive(long pid) {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }
}

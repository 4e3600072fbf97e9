package dev.cairn.tools.guardian;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class HeartbeatClockTest {
  private final HeartbeatClock clock = new HeartbeatClock(Duration.ofNanos(800));

  @Test
  void itStandsStillUntilTheFirstBeat() {
    assertFalse(clock.isRunning());
    assertEquals(Long.MAX_VALUE, clock.left(1_000_000));
  }

  @Test
  void aBeatWindsIt() {
    clock.wind(-500);
    assertEquals(800, clock.left(-500));
    clock.wind(200);
    assertEquals(1, clock.left(999));
    assertEquals(0, clock.left(1000));
  }

  @Test
  void whoRunsIsNotWaitedFor() {
    clock.wind(0);
    clock.stop();
    assertEquals(Long.MAX_VALUE, clock.left(5000));
  }

  @Test
  void whoLooksVeryLateGivesALittleMoreOnce() {
    clock.wind(0);
    assertEquals(100, clock.left(2000));
    assertTrue(clock.left(2100) <= 0);
    assertTrue(clock.left(9000) <= 0, "only once");
    clock.wind(9000);
    assertEquals(100, clock.left(9901), "and again after a beat");
  }
}

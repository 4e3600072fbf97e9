package dev.cairn.transport.rdma;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** When polling begins, grows and ends. */
final class AdaptivePollingTest {
  private final AdaptivePolling polling = new AdaptivePolling();

  @Test
  void itBeginsWhereASleepWasShortAndGrowsToItsBound() {
    assertEquals(0, polling.budget());
    polling.slept(AdaptivePolling.MOST - 1, true);
    assertEquals(AdaptivePolling.FIRST, polling.budget());
    for (int i = 0; i < 10; i++) {
      polling.slept(1_000, true);
    }
    assertEquals(AdaptivePolling.MOST, polling.budget());
  }

  @Test
  void itEndsWhereNothingComes() {
    polling.slept(1_000, true);
    polling.slept(1_000, true);
    polling.slept(AdaptivePolling.MOST, true);
    assertEquals(AdaptivePolling.FIRST, polling.budget());
    polling.slept(1_000, false);
    assertEquals(0, polling.budget());
    polling.slept(100_000_000, false);
    assertEquals(0, polling.budget());
  }
}

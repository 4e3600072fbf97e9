package dev.cairn.transport.rdma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Bytes come in the order in which they were announced, whenever they are here. */
final class RdmaArrivalsTest {
  @Test
  void whatIsBehindALandingWaitsForIt() {
    RdmaArrivals arrivals = new RdmaArrivals();
    arrivals.addLanding(3, 100);
    arrivals.addBytes(9, 10);
    assertFalse(arrivals.isReady());
    arrivals.landed(3);
    assertTrue(arrivals.isReady());
    assertTrue(arrivals.first().isLanding());
    assertEquals(3, arrivals.first().index());
    arrivals.removeFirst();
    assertTrue(arrivals.isReady());
    assertFalse(arrivals.first().isLanding());
    arrivals.removeFirst();
    assertTrue(arrivals.isEmpty());
  }

  @Test
  void aLandingThatIsUsedAnewIsNotReadyBefore() {
    RdmaArrivals arrivals = new RdmaArrivals();
    arrivals.addLanding(0, 100);
    arrivals.landed(0);
    arrivals.first().take(100);
    assertEquals(0, arrivals.first().left());
    arrivals.removeFirst();
    arrivals.addLanding(0, 50);
    assertFalse(arrivals.isReady());
    assertEquals(50, arrivals.first().left());
  }

  @Test
  void thereAreNoMoreThanBuffersAndStages() {
    RdmaArrivals arrivals = new RdmaArrivals();
    for (int i = 0; i < RdmaFormat.BUFFERS + RdmaFormat.STAGES; i++) {
      arrivals.addBytes(0, 1);
    }
    assertThrows(IllegalStateException.class, () -> arrivals.addBytes(0, 1));
  }
}

package dev.cairn.tools.resume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;

/** How much may be under way, against a destination of a given speed at the end of a given way. */
class UnderWayTest {
  private static final long MICRO = 1_000;
  private static final long MILLI = 1_000_000;

  /** An answer that is on its way, and when it comes. */
  private record Answer(int value, long at) {}

  private final UnderWay underWay = new UnderWay(true);
  private final Deque<Answer> answers = new ArrayDeque<>();
  private long free = 1;
  private long now = 1;
  private long longestQueue;

  /**
   * Sends until so much time is over; the destination places what it has, in order.
   *
   * @param bytesPerMicro of the destination
   * @param wayNanos there and back
   * @return what was placed
   */
  private long run(long forNanos, long bytesPerMicro, long wayNanos) {
    long end = now + forNanos;
    long placed = 0;
    while (now < end) {
      while (underWay.hasRoom()) {
        underWay.sent(4, 0);
        free = Math.max(free, now) + 4 * 4105 * MICRO / bytesPerMicro;
        placed += 4 * 4105;
        longestQueue = Math.max(longestQueue, free - now);
        pingIfDue(wayNanos);
      }
      pingIfDue(wayNanos);
      hear();
    }
    return placed;
  }

  private void pingIfDue(long wayNanos) {
    if (underWay.isDue()) {
      answers.add(new Answer(underWay.ping(now), Math.max(now, free) + wayNanos));
    }
  }

  private void hear() {
    Answer answer = answers.remove();
    now = Math.max(now, answer.at);
    underWay.pong(answer.value, now);
  }

  /** The first PING, with nothing in its way. */
  private void tellWay(long wayNanos) {
    assertTrue(underWay.isDue(), "the first one tells how long the way is");
    int first = underWay.ping(now);
    now += wayNanos;
    underWay.pong(first, now);
  }

  @Test
  void aFastDestinationIsNeverIdleAndItsQueueStaysShort() {
    tellWay(40 * MICRO);
    run(20 * MILLI, 400, 40 * MICRO);
    longestQueue = 0;
    long placed = run(100 * MILLI, 400, 40 * MICRO);
    assertTrue(placed > 0.95 * 400 * 100_000, "placed " + placed);
    assertTrue(longestQueue < MILLI / 2, "a page waits for " + longestQueue / MICRO + " µs");
  }

  @Test
  void aSlowDestinationGetsTheLeast() {
    tellWay(40 * MICRO);
    run(1_000 * MILLI, 1, 40 * MICRO);
    assertEquals(UnderWay.LEAST_BYTES, underWay.most());
  }

  @Test
  void aLongWayIsFilled() {
    tellWay(50 * MILLI);
    run(2_000 * MILLI, 100, 50 * MILLI);
    longestQueue = 0;
    long placed = run(1_000 * MILLI, 100, 50 * MILLI);
    assertTrue(placed > 0.9 * 100 * 1_000_000, "placed " + placed);
    // What is aimed at is 5 ms; it sways about that, as answers are as old as the way is long.
    assertTrue(longestQueue < 35 * MILLI, "a page waits for " + longestQueue / MICRO + " µs");
  }

  @Test
  void whatNobodyAnswersHasNoRoomAndARequestIsCountedToo() {
    while (underWay.hasRoom()) {
      underWay.sent(0, 16);
    }
    assertTrue(underWay.isDue());
    int ping = underWay.ping(now);
    assertFalse(underWay.isDue());
    underWay.sent(64, 0);
    assertTrue(underWay.isDue(), "pages that were asked for are behind it");
    assertFalse(underWay.hasRoom());
    underWay.pong(ping + 7, now + MILLI);
    underWay.pong(3, now + MILLI);
    assertFalse(underWay.hasRoom(), "that was no answer to it");
    int second = underWay.ping(now);
    underWay.pong(ping, now + MILLI);
    underWay.pong(second, now + MILLI);
    assertTrue(underWay.hasRoom());
  }

  @Test
  void aDestinationThatStandsStillForAWhileKeepsItsShare() {
    tellWay(40 * MICRO);
    run(20 * MILLI, 400, 40 * MICRO);
    while (!answers.isEmpty()) {
      hear();
    }
    long before = underWay.most();
    underWay.sent(2, 0);
    int late = underWay.ping(now);
    now += 8 * MILLI;
    underWay.pong(late, now);
    assertTrue(underWay.most() >= before / 2, before + ", then " + underWay.most());
  }

  @Test
  void whereNothingWaitsUnseenThereIsRoomAndNoPing() {
    UnderWay seen = new UnderWay(false);
    assertFalse(seen.isDue());
    for (int i = 0; i < 100_000; i++) {
      seen.sent(64, 0);
    }
    assertTrue(seen.hasRoom());
    assertFalse(seen.isDue());
  }
}

package dev.cairn.tools.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The pace of a capture, by a clock that only the test moves. */
class PaceTest {
  private static final long MS = 1_000_000;

  private final List<Long> begun = new ArrayList<>();
  private final List<Duration> said = new ArrayList<>();
  private long now;

  /** Takes checkpoints of a length. */
  private void run(Pace pace, int count, long tookMillis) {
    for (int i = 0; i < count; i++) {
      now += Math.max(0, pace.waitNanos(now));
      begun.add(now / MS);
      pace.begin(now);
      now += tookMillis * MS;
      pace.stretched().ifPresent(said::add);
    }
  }

  @Test
  void checkpointsThatAreFastEnoughKeepTheGrid() {
    Pace pace = new Pace(Duration.ofMillis(100), now);
    run(pace, 4, 30);
    assertEquals(List.of(0L, 100L, 200L, 300L), begun);
    assertEquals(Duration.ofMillis(100), pace.interval().orElseThrow());
    assertEquals(List.of(), said);
  }

  @Test
  void aLateOneIsMadeUpForWithinItsInterval() {
    Pace pace = new Pace(Duration.ofMillis(100), now);
    run(pace, 2, 30);
    run(pace, 1, 150);
    run(pace, 2, 30);
    assertEquals(List.of(0L, 100L, 200L, 350L, 400L), begun);
  }

  @Test
  void missedTicksAreNotQueued() {
    Pace pace = new Pace(Duration.ofMillis(100), now);
    run(pace, 1, 1_000);
    run(pace, 3, 30);
    assertEquals(List.of(0L, 1_000L, 1_100L, 1_200L), begun);
  }

  @Test
  void anIntervalThatCannotBeHeldIsSaidOnceAndThatItIsHeldAgain() {
    Pace pace = new Pace(Duration.ofMillis(100), now);
    run(pace, 40, 250);
    assertEquals(1, said.size(), said::toString);
    assertTrue(
        said.getFirst().toMillis() >= 230 && said.getFirst().toMillis() <= 260, said::toString);
    run(pace, 40, 30);
    assertEquals(Duration.ofMillis(100), said.getLast());
    assertTrue(said.size() <= 5, said::toString);
  }
}

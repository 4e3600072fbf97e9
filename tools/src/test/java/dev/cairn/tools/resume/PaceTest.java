package dev.cairn.tools.resume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How much may be unsent. */
class PaceTest {
  private static final long MILLI = 1_000_000;

  private final List<Integer> limits = new ArrayList<>();
  private long now = 5;

  private void write(Pace pace, long bytesPerSecond, int millis) throws IOException {
    for (int i = 0; i < millis; i++) {
      now += MILLI;
      pace.wrote(bytesPerSecond / 1000, now);
    }
  }

  @Test
  void itIsLittleUntilTheRateIsKnown() throws IOException {
    Pace pace = new Pace(limits::add);
    assertEquals(List.of(32 << 10), limits);
    write(pace, 1 << 20, 8);
    assertEquals(32 << 10, pace.unsentBytes());
  }

  @Test
  void itIsFiveMillisecondsOfTheRateWithinBounds() throws IOException {
    Pace pace = new Pace(limits::add);
    write(pace, 20_000_000, 100);
    assertEquals(100_000, pace.unsentBytes(), 1000);
    write(pace, 900_000_000, 100);
    assertEquals(256 << 10, pace.unsentBytes());
    write(pace, 300_000, 1000);
    assertEquals(16 << 10, pace.unsentBytes());
    assertEquals(pace.unsentBytes(), limits.getLast());
  }

  @Test
  void aDestinationThatStandsStillForAWhileKeepsItsBuffer() throws IOException {
    Pace pace = new Pace(limits::add);
    write(pace, 20_000_000, 100);
    int before = pace.unsentBytes();
    now += 50 * MILLI;
    write(pace, 20_000_000, 100);
    assertEquals(before, pace.unsentBytes());
    assertTrue(limits.size() <= 3, limits.toString());
  }
}

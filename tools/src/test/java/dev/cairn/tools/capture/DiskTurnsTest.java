package dev.cairn.tools.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Which checkpoints get a picture of the disks. */
class DiskTurnsTest {
  private final DiskTurns turns = new DiskTurns(3);

  private void point(boolean pictured) {
    assertEquals(pictured, turns.isNext());
    turns.taken(pictured);
    turns.stored();
  }

  @Test
  void theFirstPointAndEachSoManyLaterHaveOne() {
    for (int i = 0; i < 10; i++) {
      point(i % 3 == 0);
    }
  }

  /** They are asked for before those that came before them are durable. */
  @Test
  void whatIsOnItsWayCounts() {
    for (int i = 0; i < 10; i++) {
      assertEquals(i % 3 == 0, turns.isNext());
      turns.taken(i % 3 == 0);
    }
  }

  @Test
  void aPictureThatIsLostWithItsPointIsTakenAgain() {
    turns.taken(true);
    assertFalse(turns.isNext());
    turns.dropped();
    point(true);
    point(false);
    point(false);
    point(true);
  }

  /** A try that became no point moves the next picture by nothing. */
  @Test
  void triesDoNotCount() {
    point(true);
    for (int i = 0; i < 5; i++) {
      assertFalse(turns.isNext());
      turns.taken(false);
      turns.dropped();
    }
    point(false);
    point(false);
    point(true);
  }

  /** Those that were taken behind it stay as they are: the next one gets it. */
  @Test
  void theNextOneGetsWhatWasLostBeforeOthers() {
    turns.taken(true);
    turns.taken(false);
    turns.dropped();
    assertTrue(turns.isNext());
    turns.taken(true);
    turns.stored();
    turns.stored();
    point(false);
    point(false);
    point(true);
  }
}

package dev.cairn.merge.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PackPolicyTest {
  private static final long UNIT = 4L << 20;

  private final List<DataFile> files = new ArrayList<>();

  private void add(int count, long body, long live) {
    for (int i = 0; i < count; i++) {
      files.add(new DataFile(files.size(), body, live, live / 4096, true));
    }
  }

  private List<PackGroup> next() {
    return PackPolicy.DEFAULT.next(files);
  }

  @Test
  void sixtyFourOfAClassArePackedOldestFirst() {
    add(63, UNIT, UNIT);
    assertEquals(List.of(), next());
    add(2, UNIT, UNIT);
    assertEquals(List.of(new PackGroup(files.subList(0, 64))), next());
  }

  @Test
  void aboveClassZeroTheNewestWait() {
    add(95, 64 * UNIT, 64 * UNIT);
    assertEquals(List.of(), next());
    add(1, 64 * UNIT, 64 * UNIT);
    assertEquals(List.of(new PackGroup(files.subList(0, 64))), next());
  }

  @Test
  void aPackThatLostAPageIsNotPackedWithItsParts() {
    add(1, 64 * UNIT, 64 * UNIT - 4096);
    add(63, UNIT, UNIT);
    assertEquals(List.of(), next());
  }

  @Test
  void classesAreRounded() {
    assertEquals(0, classOf(0));
    assertEquals(0, classOf(8 * UNIT - 1));
    assertEquals(1, classOf(8 * UNIT));
    assertEquals(1, classOf(512 * UNIT - 1));
    assertEquals(2, classOf(512 * UNIT));
  }

  private static int classOf(long live) {
    return PackPolicy.DEFAULT.sizeClass(new DataFile(1, live, live, 1, true));
  }

  @Test
  void filesThatCannotBePackedAreLeftOut() {
    add(63, UNIT, UNIT);
    files.add(new DataFile(99, UNIT, UNIT, 1, false));
    assertEquals(List.of(), next());
  }

  @Test
  void sparseFilesArePackedWhenTooMuchIsDead() {
    add(2, 10_000, 4_999);
    add(1, 20_001, 20_001);
    assertEquals(List.of(), next());
    files.set(2, new DataFile(2, 10_000, 10_000, 1, true));
    assertEquals(List.of(new PackGroup(files.subList(0, 2))), next());
  }

  @Test
  void sixteenSparseFilesArePackedHoweverLittleTheyWaste() {
    add(1, 900 * UNIT, 900 * UNIT);
    add(15, UNIT, UNIT / 2 - 1);
    assertEquals(List.of(), next());
    add(1, UNIT, UNIT / 2 - 1);
    assertEquals(List.of(new PackGroup(files.subList(1, 17))), next());
  }

  @Test
  void noFileIsInTwoGroups() {
    add(16, UNIT, 1);
    add(64, UNIT, UNIT);
    assertEquals(
        List.of(new PackGroup(files.subList(0, 16)), new PackGroup(files.subList(16, 80))), next());
  }

  /** 64 files of 2 GiB: a map of their frames would take hundreds of MiB. */
  @Test
  void aPackHasNoMoreFramesThanAMapOfThemMayHave() {
    add(106, 512 * UNIT, 512 * UNIT);
    List<PackGroup> groups = next();
    assertEquals(files.subList(0, 10), groups.get(0).files());
    assertEquals(files.subList(10, 20), groups.get(1).files());
  }

  @Test
  void aPackStaysFarBelowWhatAnAddressReaches() {
    for (int i = 0; i < 96; i++) {
      files.add(new DataFile(i, 60L << 30, 60L << 30, 1_000, true));
    }
    assertEquals(files.subList(0, 2), next().getFirst().files());
  }

  /** Else the same data would be copied again and again. */
  @Test
  void aFileOfMoreThanHalfAPackStaysForItself() {
    long large = (PackPolicy.MOST_FRAMES / 2 + 1) * 4096L;
    add(200, large, large);
    assertEquals(List.of(), next());
  }

  @Test
  void aSparseFileIsPackedHoweverLargeItIs() {
    add(2, 90L << 30, 40L << 30);
    assertEquals(List.of(new PackGroup(files.subList(0, 1))), next());
  }
}

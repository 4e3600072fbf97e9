package dev.cairn.merge.policy;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** All points retained: 1,024 pages a checkpoint, over a RAM of 64 GiB. */
class RetainedSimulationTest {
  private static final long RAM_PAGES = 16L << 20;
  private static final long DELTA_PAGES = 1024;

  @ParameterizedTest
  @CsvSource({
    "1500, false, 2.2, 100", "1500, true, 2.2, 100",
    "10000, false, 3.3, 200", "10000, true, 3.3, 200",
    "100000, false, 3.3, 200", "100000, true, 3.3, 200"
  })
  void layersFilesAndWritingStaySmall(int points, boolean hot, double mostWritten, int mostFiles) {
    StoreSimulator store =
        new StoreSimulator(
            new StoreSimulator.Setup(
                MergePolicy.DEFAULT,
                PackPolicy.DEFAULT,
                RAM_PAGES,
                DELTA_PAGES,
                new CountedIndex.Counting(
                    DELTA_PAGES,
                    hot ? RetainedSimulationTest::hot : RetainedSimulationTest::uniform)));
    int maxLayers = 0;
    int maxFiles = 0;
    for (int c = 1; c <= points; c++) {
      store.append(c);
      store.maintain(0);
      maxLayers = Math.max(maxLayers, store.layers());
      maxFiles = Math.max(maxFiles, store.files());
      int layers = store.layers();
      int checkpoint = c;
      assertTrue(
          layers <= Math.log(c) / Math.log(2) + 2, () -> layers + " layers at " + checkpoint);
    }
    double[] shares = store.shares();
    double amplification = store.writeAmplification();
    System.out.printf(
        "%d points retained%s: layers %d, files %d, written %.3f (index %.3f, pack %.3f)%n",
        points, hot ? " (hot)" : "", maxLayers, maxFiles, amplification, shares[0], shares[1]);
    int files = maxFiles;
    assertAll(
        () -> assertTrue(amplification <= mostWritten, "written " + amplification),
        () -> assertTrue(files <= mostFiles, "files " + files));
  }

  private static long uniform(long deltas) {
    return distinct(RAM_PAGES, DELTA_PAGES, deltas);
  }

  /** 5 % of the pages take 90 % of the writes. */
  private static long hot(long deltas) {
    return distinct(RAM_PAGES / 20, 0.9 * DELTA_PAGES, deltas)
        + distinct(RAM_PAGES, 0.1 * DELTA_PAGES, deltas);
  }

  private static long distinct(long pages, double perDelta, long deltas) {
    return Math.round(pages * -Math.expm1(deltas * Math.log1p(-perDelta / pages)));
  }
}

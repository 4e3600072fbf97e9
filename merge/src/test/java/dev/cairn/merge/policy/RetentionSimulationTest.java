package dev.cairn.merge.policy;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.retention.RetentionPlan;
import dev.cairn.chain.retention.RetentionPoint;
import dev.cairn.chain.retention.RetentionPolicy;
import dev.cairn.chain.retention.RetentionRules;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * One checkpoint a second for two days, under retention, with every version of every page.
 * Retention is applied once a minute, as a capture does between two checkpoints; sizes are a
 * sixteenth of 1,024 pages a checkpoint, and so are the policies' units.
 */
class RetentionSimulationTest {
  private static final int SECONDS = 2 * 86_400;
  private static final int DELTA_PAGES = 64;
  private static final Instant START = Instant.parse("2026-03-01T07:13:20Z");

  private final RetentionPolicy retention =
      new RetentionPolicy(
          RetentionRules.keep(new RetentionRules.Buckets(60, 60, 24, 30)), ZoneOffset.UTC);

  /**
   * RAMs that are overwritten in a minute and in 17 minutes. The smallest one misses the bar for
   * space while a copy is beside what it replaces: DECISIONS.md, Known misses.
   */
  @ParameterizedTest
  @CsvSource({"4096, false, 2.7", "4096, true, 2.5", "65536, false, 2.5", "65536, true, 2.5"})
  void twoDaysOfSecondsStaySmall(int ramPages, boolean hot, double mostSpace) {
    check(simulate(ramPages, hot), 3.3, mostSpace);
  }

  /**
   * RAMs of 16 GiB, overwritten in 68 minutes. When no page is hotter than another, each hour's
   * pages live on to be packed twice, and the base moves once an hour: more is written than
   * elsewhere.
   */
  @ParameterizedTest
  @CsvSource({"262144, false, 3.6", "262144, true, 3.3"})
  @EnabledIfSystemProperty(
      named = "cairn.soak",
      matches = "true|[1-9][0-9]*",
      disabledReason = "cairn.soak")
  void twoDaysOfSecondsOverALargeRam(int ramPages, boolean hot, double mostWritten) {
    check(simulate(ramPages, hot), mostWritten, 2.5);
  }

  /**
   * @param space bytes for each live one, between two rounds
   * @param whileCopying at every moment: also while new files stand beside those they replace
   */
  private record Most(int layers, int files, double space, double whileCopying, double written) {
    static final Most NONE = new Most(0, 0, 0, 0, 0);

    Most with(StoreSimulator store, ReachablePages reachable, boolean settled) {
      double live = reachable.count() * 4096.0;
      return new Most(
          Math.max(layers, settled ? store.layers() : 0),
          Math.max(files, store.files()),
          Math.max(space, store.storedBytes() / live),
          Math.max(whileCopying, store.peakBytes() / live),
          Math.max(written, store.writeAmplification()));
    }
  }

  private static void check(Most most, double mostWritten, double mostSpace) {
    assertAll(
        () -> assertTrue(most.layers <= 12, "layers " + most.layers),
        () -> assertTrue(most.files <= 256, "files " + most.files),
        () -> assertTrue(most.space <= 2.5, "space " + most.space),
        () ->
            assertTrue(most.whileCopying <= mostSpace, "space while copying " + most.whileCopying),
        () -> assertTrue(most.written <= mostWritten, "written " + most.written));
  }

  private Most simulate(int ramPages, boolean hot) {
    int deltaPages = DELTA_PAGES;
    long begin = System.nanoTime();
    Dirty dirty = new Dirty(ramPages, deltaPages, hot, new SplittableRandom(1));
    int[][] latest = new int[1][];
    ExactIndex.Exact model = new ExactIndex.Exact(c -> latest[0], 2_000_000);
    StoreSimulator store =
        new StoreSimulator(
            new StoreSimulator.Setup(
                new MergePolicy(2, OptionalLong.empty(), deltaPages),
                new PackPolicy(deltaPages * 4096L, 64, 32, 16),
                ramPages,
                deltaPages,
                model));
    ReachablePages reachable = new ReachablePages(ramPages);
    Most most = Most.NONE;
    for (int c = 1; c <= SECONDS; c++) {
      latest[0] = dirty.pages();
      store.append(c);
      reachable.append(c, latest[0]);
      most = most.with(store, reachable, false);
      if (c % 60 == 0) {
        forget(store, reachable);
      }
      long base = store.base();
      store.maintain(reachable.unseenOfBase());
      if (base != store.base()) {
        reachable.baseMoved();
      }
      most = most.with(store, reachable, true);
    }
    double[] shares = store.shares();
    System.out.printf(
        "two days, %d of %d pages a second%s: layers %d, files %d, space %.2f (%.2f while copying),"
            + " written at most %.2f, at the end %.2f (index %.2f, pack %.2f, base %.2f); %d ms%n",
        deltaPages,
        ramPages,
        hot ? " (hot)" : "",
        most.layers,
        most.files,
        most.space,
        most.whileCopying,
        most.written,
        store.writeAmplification(),
        shares[0],
        shares[1],
        shares[2],
        (System.nanoTime() - begin) / 1_000_000);
    return most;
  }

  private void forget(StoreSimulator store, ReachablePages reachable) {
    RetentionPlan plan =
        retention.plan(
            Arrays.stream(store.retained())
                .mapToObj(c -> new RetentionPoint(c, START.plusSeconds(c), "", false, false))
                .toList());
    plan.forgotten().forEach(point -> reachable.forget(point.checkpoint()));
    store.retain(plan.kept().stream().mapToLong(kept -> kept.point().checkpoint()).toArray());
  }

  /** Draws the pages of each checkpoint. */
  private static final class Dirty {
    private final int ramPages;
    private final int deltaPages;
    private final boolean hot;
    private final SplittableRandom random;
    private final int[] stamp;
    private int now;

    Dirty(int ramPages, int deltaPages, boolean hot, SplittableRandom random) {
      this.ramPages = ramPages;
      this.deltaPages = deltaPages;
      this.hot = hot;
      this.random = random;
      this.stamp = new int[ramPages];
    }

    int[] pages() {
      now++;
      int[] pages = new int[deltaPages];
      for (int i = 0; i < deltaPages; ) {
        boolean toHot = hot && random.nextInt(10) != 0;
        int page = random.nextInt(toHot ? ramPages / 20 : ramPages);
        if (stamp[page] != now) {
          stamp[page] = now;
          pages[i++] = page;
        }
      }
      Arrays.sort(pages);
      return pages;
    }
  }
}

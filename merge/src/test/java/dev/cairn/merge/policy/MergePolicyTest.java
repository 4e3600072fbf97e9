package dev.cairn.merge.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MergePolicyTest {
  private static Optional<LayerRun> next(MergePolicy policy, long... versions) {
    return policy.next(Arrays.stream(versions).mapToObj(LayerSize::new).toList());
  }

  @Test
  void aSingleLayerStays() {
    assertEquals(Optional.empty(), next(MergePolicy.DEFAULT));
    assertEquals(Optional.empty(), next(MergePolicy.DEFAULT, 5_000));
  }

  @Test
  void anOlderLayerOfExactlyTheMultipleIsMerged() {
    assertEquals(Optional.of(new LayerRun(0, 2)), next(MergePolicy.DEFAULT, 4_000, 2_000));
    assertEquals(Optional.empty(), next(MergePolicy.DEFAULT, 4_001, 2_000));
  }

  @Test
  void aRunGrowsByWhatItHasTaken() {
    assertEquals(
        Optional.of(new LayerRun(1, 4)), next(MergePolicy.DEFAULT, 99_000, 8_000, 2_000, 2_000));
  }

  @Test
  void aSmallLayerCountsAs1024() {
    assertEquals(Optional.of(new LayerRun(0, 2)), next(MergePolicy.DEFAULT, 2_048, 1));
    assertEquals(Optional.empty(), next(MergePolicy.DEFAULT, 2_049, 1));
  }

  @Test
  void aShrunkenLayerBelowIsFound() {
    assertEquals(Optional.of(new LayerRun(0, 2)), next(MergePolicy.DEFAULT, 10_000, 9_000, 3_000));
  }

  @Test
  void aRunAboveTheMostPagesGoesIntoTheOldest() {
    MergePolicy limited = MergePolicy.of(2, OptionalLong.of(3_000));
    assertEquals(Optional.of(new LayerRun(0, 3)), next(limited, 900_000, 3_000, 2_000));
    assertEquals(Optional.empty(), next(limited, 900_000, 3_000));
  }

  @Test
  void nonsenseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> MergePolicy.of(0, OptionalLong.empty()));
    assertThrows(IllegalArgumentException.class, () -> MergePolicy.of(2, OptionalLong.of(0)));
  }

  @Test
  void layersStayLogarithmicWhateverTheirSizes() {
    long seed = Long.getLong("tests.seed", 1);
    System.out.println("tests.seed=" + seed);
    SplittableRandom random = new SplittableRandom(seed);
    List<LayerSize> layers = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      layers.add(new LayerSize(1L << random.nextInt(20)));
      if (random.nextInt(10) == 0) {
        layers.replaceAll(layer -> new LayerSize(layer.versions() / (1 + random.nextInt(3))));
      }
      Optional<LayerRun> run = MergePolicy.DEFAULT.next(layers);
      while (run.isPresent()) {
        List<LayerSize> old = run.get().of(layers);
        long sum = old.stream().mapToLong(LayerSize::versions).sum();
        old.clear();
        layers.add(run.get().from(), new LayerSize(sum));
        run = MergePolicy.DEFAULT.next(layers);
      }
      long all = layers.stream().mapToLong(layer -> Math.max(1_024, layer.versions())).sum();
      assertTrue(layers.size() <= Math.log(all / 1_024.0) / Math.log(2) + 2, layers::toString);
    }
  }
}

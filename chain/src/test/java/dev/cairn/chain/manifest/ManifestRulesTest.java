package dev.cairn.chain.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Checkpointer;
import dev.cairn.store.Id;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.file.Point;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Each rule of chain/FORMAT.md, Manifest, that needs no open file: kept, and broken once. */
final class ManifestRulesTest {
  private static final Id OTHER = new Id(5, 5);

  private static void sound(Manifest m) {
    assertEquals(Optional.empty(), ManifestRules.broken(m));
  }

  /** The sentence must be that of the rule that was broken, not of one that broke by the way. */
  private static void broken(String part, Manifest m) {
    String sentence = ManifestRules.broken(m).orElse("nothing");
    assertTrue(sentence.contains(part), sentence);
  }

  private static Manifest with(
      Manifest m, long generation, long next, long ingested, long written) {
    return new Manifest(
        m.identity(),
        generation,
        next,
        m.tip(),
        m.blocks(),
        m.files(),
        m.marks(),
        ingested,
        written);
  }

  private static Manifest withTip(Manifest m, Optional<Manifest.Tip> tip) {
    return new Manifest(
        m.identity(), m.generation(), m.next(), tip, m.blocks(), m.files(), m.marks(), 0, 0);
  }

  private static Manifest withBlocks(Manifest m, List<String> blocks) {
    return new Manifest(
        m.identity(), m.generation(), m.next(), m.tip(), blocks, m.files(), m.marks(), 0, 0);
  }

  private static Manifest marked(
      PointSet forgotten, List<Long> labels, List<Long> pins, List<Hold> holds) {
    TreeMap<Long, String> labelled = new TreeMap<>();
    labels.forEach(point -> labelled.put(point, "x"));
    return Manifests.small()
        .withMarks(new Manifest.Marks(forgotten, labelled, new TreeSet<>(pins), holds, List.of()));
  }

  private static PointSet points(long from, long to) {
    return PointSet.of(List.of(new PointSet.Range(from, to)));
  }

  @Test
  void smallAndEmptyChainsAreSound() {
    sound(Manifests.small());
    sound(Manifest.empty(Manifests.CHAIN, 4096));
    sound(Manifests.of(0, Manifests.base(0, 1, Manifests.TIP)));
  }

  @Test
  void numbersAreNotNegative() {
    Manifest m = Manifests.small();
    broken("negative", with(m, -1, 9, 0, 0));
    broken("negative", with(Manifest.empty(Manifests.CHAIN, 4096), 0, -1, 0, 0));
    broken("negative", with(m, 0, 9, -1, 0));
    broken("negative", with(m, 0, 9, 0, -1));
  }

  @Test
  void pageSizeIsAPowerOfTwoFrom512To64KiB() {
    for (int size : new int[] {-4096, 0, 1, 256, 4095, 131_072, Integer.MIN_VALUE}) {
      broken("page size", Manifest.empty(Manifests.CHAIN, size));
    }
    sound(Manifest.empty(Manifests.CHAIN, 512));
    sound(Manifest.empty(Manifests.CHAIN, 65_536));
  }

  @Test
  void nextIsAboveTheTip() {
    broken("next", with(Manifests.small(), 0, 8, 0, 0));
    sound(with(Manifests.small(), 0, 900, 0, 0));
  }

  @Test
  void blockNamesStandOnceAndAreNotTooMany() {
    broken("RAM block", withBlocks(Manifests.small(), List.of("a", "b", "a")));
    List<String> many = new ArrayList<>();
    for (int i = 0; i <= 65_535; i++) {
      many.add("b" + i);
    }
    broken("RAM block", withBlocks(Manifests.small(), many));
    sound(withBlocks(Manifests.small(), many.subList(0, 65_535)));
  }

  @Test
  void ruleOneAChainWithATipHasOneBaseAndItComesFirst() {
    FileEntry base = Manifests.base(0, 1, OTHER);
    FileEntry layer = Manifests.layer(1, 8, 8, 2, Manifests.TIP);
    sound(Manifests.of(8, base, layer));
    broken("one base", Manifests.of(8, layer));
    broken("one base", Manifests.of(8, base, Manifests.base(0, 3, OTHER), layer));
    broken("order", Manifests.of(8, layer, base));
    broken("order", Manifests.of(8, base, Manifests.data(4, 9), layer));
  }

  @Test
  void ruleOneAnEmptyChainHasNoFiles() {
    broken("base", withTip(Manifests.small(), Optional.empty()));
    broken(
        "no files", withTip(Manifests.of(8, Manifests.layer(1, 8, 8, 2, OTHER)), Optional.empty()));
  }

  @Test
  void ruleTwoLayersAscendAboveTheThroughOfTheOneBefore() {
    FileEntry base = Manifests.base(0, 1, OTHER);
    FileEntry top = Manifests.layer(5, 8, 8, 3, Manifests.TIP);
    broken("above", Manifests.of(8, base, Manifests.layer(1, 5, 5, 2, OTHER), top));
    broken("above", Manifests.of(8, base, top, Manifests.layer(1, 4, 4, 2, Manifests.TIP)));
    // A cap makes room: the layer below reaches 7, but only its versions up to 4 exist.
    sound(Manifests.of(8, base, Manifests.layer(1, 7, 4, 2, OTHER), top));
    // Numbers may be left out.
    sound(Manifests.of(8, base, Manifests.layer(1, 2, 2, 2, OTHER), top));
  }

  @Test
  void ruleTwoTheOldestLayerMayBeginBelowAMovedBaseButEndsAboveIt() {
    FileEntry top = Manifests.layer(5, 8, 8, 3, Manifests.TIP);
    sound(Manifests.of(8, Manifests.base(5, 1, OTHER), top));
    sound(Manifests.of(8, Manifests.base(7, 1, OTHER), top));
    broken("above", Manifests.of(8, Manifests.base(8, 1, OTHER), top));
    broken(
        "above",
        Manifests.of(8, Manifests.base(4, 1, OTHER), Manifests.layer(1, 4, 4, 2, OTHER), top));
    // Only the oldest.
    broken(
        "above",
        Manifests.of(8, Manifests.base(0, 1, OTHER), Manifests.layer(1, 6, 6, 2, OTHER), top));
  }

  @Test
  void ruleThreeTheNewestIndexEndsAtTheTip() {
    FileEntry base = Manifests.base(0, 1, OTHER);
    broken("tip", Manifests.of(9, base, Manifests.layer(1, 8, 8, 2, Manifests.TIP)));
    broken("tip", Manifests.of(7, base, Manifests.layer(1, 8, 8, 2, Manifests.TIP)));
    broken("tip", Manifests.of(8, base, Manifests.layer(1, 8, 8, 2, OTHER)));
    broken("tip", Manifests.of(0, base));
    broken("tip", Manifests.of(1, Manifests.base(0, 1, Manifests.TIP)));
    // THROUGH, not LAST.
    sound(Manifests.of(6, base, Manifests.layer(1, 8, 6, 2, Manifests.TIP)));
    broken("tip", Manifests.of(8, base, Manifests.layer(1, 8, 6, 2, Manifests.TIP)));
  }

  @Test
  void ruleFiveNoFileIdStandsTwice() {
    FileEntry base = Manifests.base(0, 1, OTHER);
    FileEntry layer = Manifests.layer(1, 8, 8, 2, Manifests.TIP);
    broken("twice", Manifests.of(8, base, layer, Manifests.data(4, 2)));
    broken("twice", Manifests.of(8, base, Manifests.layer(1, 8, 8, 1, Manifests.TIP)));
    broken("twice", Manifests.of(8, base, layer, Manifests.data(4, 3), Manifests.data(4, 3)));
  }

  @Test
  void ruleSixForgottenNeverCoversTheTip() {
    sound(marked(points(0, 7), List.of(), List.of(), List.of()));
    broken("forgotten", marked(points(8, 8), List.of(), List.of(), List.of()));
    broken("forgotten", marked(points(5, Long.MAX_VALUE), List.of(), List.of(), List.of()));
    broken(
        "forgotten",
        Manifest.empty(Manifests.CHAIN, 4096)
            .withMarks(marked(points(0, 0), List.of(), List.of(), List.of()).marks()));
  }

  @Test
  void ruleSixForgottenNeverCoversAPinnedPoint() {
    sound(marked(points(3, 4), List.of(), List.of(2L, 5L, 8L), List.of()));
    broken("pinned point 4", marked(points(3, 4), List.of(), List.of(4L), List.of()));
  }

  @Test
  void ruleSixForgottenNeverCoversAHeldPoint() {
    sound(
        marked(
            points(3, 4), List.of(), List.of(), List.of(new Hold("t", 7, 5, Instant.EPOCH, ""))));
    broken(
        "hold t",
        marked(
            points(3, 4), List.of(), List.of(), List.of(new Hold("t", 7, 3, Instant.EPOCH, ""))));
  }

  @Test
  void marksAreOfPointsUpToTheTip() {
    sound(marked(PointSet.EMPTY, List.of(0L, 8L), List.of(0L, 8L), List.of()));
    broken("pinned point 9", marked(PointSet.EMPTY, List.of(), List.of(9L), List.of()));
    broken("pinned point -1", marked(PointSet.EMPTY, List.of(), List.of(-1L), List.of()));
    broken("labelled point 9", marked(PointSet.EMPTY, List.of(9L), List.of(), List.of()));
    broken("labelled point -1", marked(PointSet.EMPTY, List.of(-1L), List.of(), List.of()));
  }

  @Test
  void holdsAreOfPointsAndGenerationsThatWere() {
    List<Hold> wrong =
        List.of(
            new Hold("t", 7, 9, Instant.EPOCH, ""),
            new Hold("t", 7, -1, Instant.EPOCH, ""),
            new Hold("t", 8, 5, Instant.EPOCH, ""),
            new Hold("t", -1, 5, Instant.EPOCH, ""));
    for (Hold hold : wrong) {
      broken("hold t", marked(PointSet.EMPTY, List.of(), List.of(), List.of(hold)));
    }
    Hold hold = new Hold("t", 7, 5, Instant.EPOCH, "");
    broken("hold t", marked(PointSet.EMPTY, List.of(), List.of(), List.of(hold, hold)));
  }

  @Test
  void aNewLabelIsShortTextThatCanBeShown() {
    String longest = "ä".repeat(Point.MAX_LABEL_BYTES / 2);
    for (String right : List.of("", "nightly", "a b", longest, "😀", "a\u00a0b")) {
      assertEquals(Optional.empty(), ManifestRules.wrongLabel(right), right);
      assertEquals(right, options(right).label());
    }
    for (String wrong :
        List.of(
            longest + "a", "\ud83d", "a\ude00", "a\nb", "\u0000", "\u001f", "\u007f", "\u009b")) {
      assertTrue(ManifestRules.wrongLabel(wrong).isPresent(), wrong);
      assertThrows(IllegalArgumentException.class, () -> options(wrong));
    }
  }

  private static Checkpointer.Options options(String label) {
    return new Checkpointer.Options(label, false, FrameCodec.PLAIN, 1);
  }
}

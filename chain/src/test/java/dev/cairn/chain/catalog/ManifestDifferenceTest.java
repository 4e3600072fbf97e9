package dev.cairn.chain.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.FileEntry.Role;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.store.Id;
import dev.cairn.store.file.FileKind;
import dev.cairn.store.file.FileName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** From where on a chain's rows are compared, against what a manifest says of each number. */
final class ManifestDifferenceTest {
  private static final long MOST = 40;
  private static final Id CHAIN = Id.random(new Random(1));

  private static FileEntry file(long first, long last, long through, long id) {
    Role role = first == 0 ? Role.BASE : Role.LAYER;
    FileKind kind = first == 0 ? FileKind.BASE : FileKind.LAYER;
    return new FileEntry(role, new FileName(kind, first, last, id), through, Id.NONE, 0, 4096, "");
  }

  private static Manifest manifest(
      Id chain, List<FileEntry> files, PointSet gone, SortedMap<Long, String> labels) {
    Manifest empty = Manifest.empty(chain, 4096);
    return empty
        .withFiles(files)
        .withMarks(new Manifest.Marks(gone, labels, new TreeSet<>(), List.of(), List.of()));
  }

  private static Manifest of(FileEntry... files) {
    return manifest(CHAIN, List.of(files), PointSet.EMPTY, new TreeMap<>());
  }

  @Test
  void anAppendIsComparedFromTheNewPointOn() {
    assertEquals(
        9,
        ManifestDifference.from(
            of(file(0, 0, 0, 1), file(1, 8, 8, 2)),
            of(file(0, 0, 0, 1), file(1, 8, 8, 2), file(9, 9, 9, 3))));
  }

  @Test
  void aMergeIsComparedFromTheMergedLayersOn() {
    assertEquals(
        9,
        ManifestDifference.from(
            of(file(0, 0, 0, 1), file(1, 8, 8, 2), file(9, 9, 9, 3), file(10, 10, 10, 4)),
            of(file(0, 0, 0, 1), file(1, 8, 8, 2), file(9, 10, 10, 5))));
  }

  @Test
  void forgettingMoreIsComparedFromTheFirstNewlyForgottenPointOn() {
    PointSet known = PointSet.of(List.of(new PointSet.Range(2, 4)));
    PointSet head = PointSet.of(List.of(new PointSet.Range(2, 6)));
    List<FileEntry> files = List.of(file(0, 0, 0, 1), file(1, 8, 8, 2));
    assertEquals(
        5,
        ManifestDifference.from(
            manifest(CHAIN, files, known, new TreeMap<>()),
            manifest(CHAIN, files, head, new TreeMap<>())));
  }

  @Test
  void aChangedLabelIsComparedFromItsPointOn() {
    List<FileEntry> files = List.of(file(0, 0, 0, 1), file(1, 8, 8, 2));
    assertEquals(
        7,
        ManifestDifference.from(
            manifest(CHAIN, files, PointSet.EMPTY, new TreeMap<>(Map.of(3L, "a", 7L, "b"))),
            manifest(CHAIN, files, PointSet.EMPTY, new TreeMap<>(Map.of(3L, "a", 7L, "c")))));
  }

  @Test
  void anotherChainOfTheSameNameIsComparedWhole() {
    Manifest one = of(file(0, 0, 0, 1));
    assertEquals(ManifestDifference.NONE, ManifestDifference.from(one, one));
    Manifest other =
        manifest(Id.random(new Random(2)), one.files(), PointSet.EMPTY, new TreeMap<>());
    assertEquals(0, ManifestDifference.from(one, other));
  }

  @Test
  void nothingBelowTheAnswerDiffers() {
    String given = System.getProperty("tests.seed", "");
    long seed = given.isEmpty() ? new Random().nextLong() : Long.parseLong(given);
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      Manifest a = random(random);
      Manifest b = random(random);
      long from = ManifestDifference.from(a, b);
      for (long n = 0; n < Math.min(from, MOST); n++) {
        long number = n;
        assertEquals(
            said(a, n), said(b, n), () -> "point " + number + ", rerun with -Dtests.seed=" + seed);
      }
      assertTrue(from != ManifestDifference.NONE || said(a).equals(said(b)));
    }
  }

  private static List<String> said(Manifest m) {
    List<String> all = new ArrayList<>();
    for (long n = 0; n < MOST; n++) {
      all.add(said(m, n));
    }
    return all;
  }

  /** Everything that a manifest says of a number: the files that can list it, and its marks. */
  private static String said(Manifest m, long n) {
    List<Long> files = new ArrayList<>();
    for (FileEntry entry : m.indexes()) {
      if (entry.name().first() <= n && n <= entry.through()) {
        files.add(entry.fileId());
      }
    }
    return files + " " + m.marks().forgotten().contains(n) + " " + m.marks().labels().get(n);
  }

  /** Draws from so few values that two manifests often share most of them. */
  private static Manifest random(Random random) {
    List<FileEntry> files = new ArrayList<>(List.of(file(0, 0, 0, 100)));
    for (long at = 1; at < 20 && random.nextInt(8) > 0; ) {
      long last = at + random.nextInt(3);
      long through = random.nextInt(6) == 0 ? at : last;
      files.add(file(at, last, through, at * 10 + last - at));
      at = last + 1;
    }
    PointSet gone = PointSet.EMPTY;
    SortedMap<Long, String> labels = new TreeMap<>();
    for (long n = 0; n < 20; n++) {
      if (random.nextInt(12) == 0) {
        gone = gone.with(n);
      }
      if (random.nextInt(12) == 0) {
        labels.put(n, random.nextInt(4) == 0 ? "b" : "a");
      }
    }
    return manifest(CHAIN, files, gone, labels);
  }
}

package dev.cairn.tools.report;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.OpenFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A chain's indexes, and the files that they draw on. Immutable.
 *
 * @param indexes from new to old; those in the middle are one where there are many
 * @param files that pages lie in, the largest first; the small ones are one where there are many
 */
record Stack(List<Index> indexes, List<Held> files) {
  /** Most rectangles that an eye tells apart on each side. */
  private static final int MOST_INDEXES = 20;

  private static final int MOST_FILES = 20;

  /**
   * The base image's index, or a layer's, or several. Immutable.
   *
   * @param name what it is
   * @param first checkpoint
   * @param last checkpoint
   * @param points that it answers
   * @param indexBytes of the index alone
   * @param draws bytes by the name of the file that they lie in
   */
  record Index(
      String name, long first, long last, int points, long indexBytes, Map<String, Long> draws) {}

  /**
   * A file, or several. Immutable.
   *
   * @param name in the directory, or how many they are
   * @param kind base image, layer or page file, or what they are together
   * @param bytes that it takes
   * @param used of these, by all indexes together, and as an index
   */
  record Held(String name, String kind, long bytes, long used) {}

  static Stack of(ChainSnapshot snapshot) throws IOException {
    Manifest manifest = snapshot.manifest();
    List<Index> indexes = new ArrayList<>();
    Map<String, Long> drawn = new HashMap<>();
    for (FileEntry entry : manifest.indexes().reversed()) {
      OpenFile file = snapshot.file(entry);
      Map<String, Long> draws = new LinkedHashMap<>();
      for (DrawnFile each : file.files()) {
        if (each.drawnBytes() > 0) {
          draws.merge(each.name().text(), each.drawnBytes(), Long::sum);
          drawn.merge(each.name().text(), each.drawnBytes(), Long::sum);
        }
      }
      int points = 0;
      for (var point : file.points()) {
        points += manifest.isRetained(entry, point.checkpoint()) ? 1 : 0;
      }
      boolean base = entry.role() == FileEntry.Role.BASE;
      long first = entry.name().first();
      String range =
          first == entry.through() ? "@" + first : "@" + first + "\u2026@" + entry.through();
      indexes.add(
          new Index(
              (base ? "base image " : "layer ") + range,
              first,
              entry.through(),
              points,
              file.length() - file.metadataOffset(),
              draws));
    }
    return joined(indexes, files(snapshot, drawn));
  }

  private static List<Held> files(ChainSnapshot snapshot, Map<String, Long> drawn) {
    List<Held> files = new ArrayList<>();
    for (FileEntry entry : snapshot.manifest().files()) {
      OpenFile file = snapshot.file(entry.fileId()).orElse(null);
      String name = entry.name().text();
      boolean index = entry.role() != FileEntry.Role.DATA;
      long own = drawn.getOrDefault(name, 0L);
      if (index && own == 0) {
        continue; // nothing but the index that is drawn already
      }
      String kind =
          switch (entry.name().kind()) {
            case BASE -> "base image";
            case LAYER -> "layer file";
            case PAGES -> "page file";
          };
      // One that is damaged is as long as the manifest says.
      long bytes = file == null ? entry.length() : file.storedBytes();
      long used = own + (index && file != null ? file.length() - file.metadataOffset() : 0);
      files.add(new Held(name, kind, bytes, used));
    }
    files.sort(Comparator.comparingLong(Held::bytes).reversed());
    return files;
  }

  private static Stack joined(List<Index> indexes, List<Held> files) {
    List<Index> shown = new ArrayList<>(indexes);
    if (indexes.size() > MOST_INDEXES) {
      int head = MOST_INDEXES / 2;
      List<Index> middle = indexes.subList(head, indexes.size() - head + 1);
      shown = new ArrayList<>(indexes.subList(0, head));
      shown.add(together(middle));
      shown.addAll(indexes.subList(indexes.size() - head + 1, indexes.size()));
    }
    if (files.size() <= MOST_FILES) {
      return new Stack(shown, files);
    }
    List<Held> kept = new ArrayList<>(files.subList(0, MOST_FILES - 1));
    List<Held> small = files.subList(MOST_FILES - 1, files.size());
    String name = small.size() + " smaller files";
    kept.add(
        new Held(
            name,
            "together",
            small.stream().mapToLong(Held::bytes).sum(),
            small.stream().mapToLong(Held::used).sum()));
    Set<String> names = new HashSet<>(small.stream().map(Held::name).toList());
    return new Stack(shown.stream().map(index -> renamed(index, names, name)).toList(), kept);
  }

  private static Index together(List<Index> some) {
    Map<String, Long> draws = new LinkedHashMap<>();
    some.forEach(
        index -> index.draws.forEach((file, bytes) -> draws.merge(file, bytes, Long::sum)));
    return new Index(
        some.size() + " layers @" + some.getLast().first + "\u2026@" + some.getFirst().last,
        some.getLast().first,
        some.getFirst().last,
        some.stream().mapToInt(Index::points).sum(),
        some.stream().mapToLong(Index::indexBytes).sum(),
        draws);
  }

  private static Index renamed(Index index, Set<String> names, String name) {
    Map<String, Long> draws = new LinkedHashMap<>();
    index.draws.forEach(
        (file, bytes) -> draws.merge(names.contains(file) ? name : file, bytes, Long::sum));
    return new Index(index.name, index.first, index.last, index.points, index.indexBytes, draws);
  }
}

package dev.cairn.merge;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.FileHeader;
import dev.cairn.store.file.FileKind;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.MergedLayerWriter;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.SealedFile;
import dev.cairn.store.file.StoredSection;
import dev.cairn.store.file.Versions;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Rewrites a run of neighbouring layers as one: a new index, page data stays where it lies. An
 * append made meanwhile is kept. The caller holds MERGE.lock. Not thread-safe.
 */
public final class LayerMerger {
  /**
   * What a merge did. Immutable.
   *
   * @param versions kept
   * @param dropped versions that no retained point sees
   * @param writtenBytes length of the new file
   */
  public record Result(long versions, long dropped, long writtenBytes) {}

  private final Chain chain;

  public LayerMerger(Chain chain) {
    this.chain = chain;
  }

  /**
   * Merges a run of layers and publishes the result.
   *
   * @param run neighbouring layers of the snapshot, from old to new
   * @throws dev.cairn.store.BusyException if somebody else replaced one of them meanwhile
   */
  public Result merge(ChainSnapshot snapshot, List<FileEntry> run) throws IOException {
    DrawnFiles drawn = new DrawnFiles();
    RegionMerger regions =
        new RegionMerger(new Visibility(snapshot.points().navigableKeySet()), drawn);
    FileHeader header = header(snapshot, run);
    FileName name = header.name();
    try (StoreOutput out = chain.directory().create(name.temporary())) {
      try {
        MergedLayerWriter writer = new MergedLayerWriter(header, out);
        long versions = writeIndex(snapshot, run, regions, writer);
        List<Point> points = points(snapshot, run, drawn);
        SealedFile file = writer.seal(points, drawn.table());
        out.sync();
        Edit.Replacement replacement =
            new Edit.Replacement(
                run.stream().map(FileEntry::fileId).toList(),
                Optional.of(FileEntry.index(file)),
                Optional.of(folded(run, points)));
        chain.commit(
            List.of(new Edit.Replace(List.of(replacement), List.of(), drawn.names())),
            List.of(name));
        return new Result(versions, regions.dropped(), file.length());
      } finally {
        if (chain.directory().exists(name.temporary())) {
          chain.directory().delete(name.temporary());
        }
      }
    }
  }

  private FileHeader header(ChainSnapshot snapshot, List<FileEntry> run) {
    FileEntry newest = run.getLast();
    FileName name =
        new FileName(
            FileKind.LAYER, run.getFirst().name().first(), newest.through(), chain.newFileId());
    return new FileHeader(
        name,
        snapshot.manifest().identity().chain(),
        snapshot.file(run.getFirst()).header().parentId(),
        newest.throughId(),
        snapshot.manifest().pageSize());
  }

  private static long writeIndex(
      ChainSnapshot snapshot, List<FileEntry> run, RegionMerger regions, MergedLayerWriter writer)
      throws IOException {
    int[] cursors = new int[run.size()];
    List<OpenFile> files = run.stream().map(snapshot::file).toList();
    Versions merged = new Versions();
    long versions = 0;
    while (true) {
      long key = Long.MAX_VALUE;
      for (int i = 0; i < cursors.length; i++) {
        Directory directory = files.get(i).directory();
        if (cursors[i] < directory.size()) {
          key = Math.min(key, directory.key(cursors[i]));
        }
      }
      if (key == Long.MAX_VALUE) {
        return versions;
      }
      List<RegionMerger.Input> inputs = new ArrayList<>();
      for (int i = 0; i < cursors.length; i++) {
        OpenFile file = files.get(i);
        Directory directory = file.directory();
        if (cursors[i] < directory.size() && directory.key(cursors[i]) == key) {
          inputs.add(new RegionMerger.Input(file, file.region(cursors[i]), run.get(i).through()));
          cursors[i]++;
        }
      }
      regions.merge(inputs, merged);
      writer.add(key, merged);
      versions += merged.size();
    }
  }

  private static List<Point> points(ChainSnapshot snapshot, List<FileEntry> run, DrawnFiles drawn) {
    Map<Long, Point> points = new TreeMap<>();
    for (FileEntry entry : run) {
      OpenFile file = snapshot.file(entry);
      for (Point point : file.points()) {
        if (point.checkpoint() <= entry.through()
            && snapshot.points().containsKey(point.checkpoint())) {
          List<StoredSection> sections = new ArrayList<>();
          for (StoredSection section : point.sections()) {
            sections.add(drawn.take(file, section));
          }
          points.put(
              point.checkpoint(),
              point.withSections(sections).withLabel(snapshot.describe(point).label()));
        }
      }
    }
    return List.copyOf(points.values());
  }

  private static Edit.Folded folded(List<FileEntry> run, List<Point> points) {
    Map<Long, String> labels = new HashMap<>();
    points.forEach(point -> labels.put(point.checkpoint(), point.label()));
    return new Edit.Folded(
        run.getFirst().name().first(), run.getLast().name().last(), labels.keySet(), labels);
  }
}

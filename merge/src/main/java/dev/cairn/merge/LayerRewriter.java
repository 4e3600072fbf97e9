package dev.cairn.merge;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Progress;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.FileHeader;
import dev.cairn.store.file.FileKind;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.MergedLayerWriter;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.Region;
import dev.cairn.store.file.SealedFile;
import dev.cairn.store.file.StoredSection;
import dev.cairn.store.file.Versions;
import dev.cairn.store.io.StoreOutput;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One new layer for a run of neighbouring layers: a new index, page data stays where it lies. The
 * file is synced and keeps its temporary name until a commit; closing takes it away if none came.
 * Not thread-safe.
 */
final class LayerRewriter implements Closeable {
  private final Chain chain;
  private final ChainSnapshot snapshot;
  private final List<FileEntry> run;
  private final DrawnFiles drawn;
  private final FileHeader header;
  private final StoreOutput out;
  private final MergedLayerWriter writer;
  private final Versions versions = new Versions();
  private long pieceKey;
  private long kept;

  /**
   * What was written. Immutable.
   *
   * @param file the new layer
   * @param replacement for the manifest
   * @param drawn all files that it draws upon
   * @param versions kept
   * @param dropped versions that no retained point sees
   */
  record Rewritten(
      SealedFile file,
      Edit.Replacement replacement,
      List<FileName> drawn,
      long versions,
      long dropped) {
    FileName name() {
      return file.header().name();
    }
  }

  /**
   * Begins a layer.
   *
   * @param run neighbouring layers of the snapshot, from old to new
   * @param moved frames that lie elsewhere now
   */
  LayerRewriter(Chain chain, ChainSnapshot snapshot, List<FileEntry> run, Optional<FrameMap> moved)
      throws IOException {
    this.chain = chain;
    this.snapshot = snapshot;
    this.run = run;
    this.drawn = new DrawnFiles(moved);
    this.header = header(moved);
    out = chain.directory().create(header.name().temporary());
    boolean done = false;
    try {
      writer = new MergedLayerWriter(header, out);
      done = true;
    } finally {
      if (!done) {
        discard(chain, header, out);
      }
    }
  }

  /** A layer that the base has moved into begins behind the base from now on. */
  private FileHeader header(Optional<FrameMap> moved) {
    FileEntry newest = run.getLast();
    FileEntry base = snapshot.manifest().base().orElseThrow();
    FileHeader oldest = snapshot.file(run.getFirst()).header();
    boolean cut = oldest.name().first() <= base.through();
    FileName name =
        new FileName(
            FileKind.LAYER,
            cut ? base.through() + 1 : oldest.name().first(),
            newest.through(),
            chain.newFileId());
    return new FileHeader(
        name,
        snapshot.manifest().identity().chain(),
        cut ? base.throughId() : oldest.parentId(),
        newest.throughId(),
        snapshot.manifest().pageSize(),
        version(moved));
  }

  /** Returns the version that has all that the layer may have to say of the files it draws on. */
  private int version(Optional<FrameMap> moved) {
    int version = FileHeader.VERSION;
    for (FileEntry entry : run) {
      OpenFile layer = snapshot.file(entry);
      for (DrawnFile drawn : layer.files()) {
        long id = drawn.name().fileId();
        int number = moved.isPresent() ? moved.get().number(id) : -1;
        if (number >= 0) {
          version = Math.max(version, moved.get().target().version());
        }
        if (drawn.drawnFrames() > 0 && (number < 0 || !moved.get().movesAll(number))) {
          // Of a file that is not there nobody knows more than that the layer could tell of it.
          int own = snapshot.file(id).orElse(layer).header().version();
          version = Math.max(version, own);
        }
      }
    }
    return version;
  }

  /** Writes the layer. */
  Rewritten write(Progress progress) throws IOException {
    long dropped = new PageMerger(snapshot, run, Visibility.of(snapshot), this::keep).run(progress);
    endPiece();
    List<Point> points = points();
    SealedFile file = writer.seal(points, drawn.table());
    out.sync();
    Edit.Replacement replacement =
        new Edit.Replacement(run, Optional.of(FileEntry.index(file)), Optional.of(folded(points)));
    return new Rewritten(file, replacement, drawn.names(), kept, dropped);
  }

  private void keep(long key, Region region, int version, OpenFile from) throws IOException {
    long regionKey = Directory.regionOf(key);
    int page = (int) (key - regionKey);
    boolean full =
        versions.size() >= Region.PIECE_VERSIONS && page != versions.page(versions.size() - 1);
    if (versions.size() > 0 && (full || regionKey != Directory.regionOf(pieceKey))) {
      endPiece();
      pieceKey = full && regionKey == Directory.regionOf(pieceKey) ? key : regionKey;
    } else if (versions.size() == 0) {
      pieceKey = regionKey;
    }
    long address = drawn.take(from, region.address(version));
    versions.add(page, region.checkpoint(version), region.crc(version), address);
    kept++;
  }

  private void endPiece() throws IOException {
    writer.add(pieceKey, versions);
    versions.clear();
  }

  private List<Point> points() throws IOException {
    List<Point> points = new ArrayList<>();
    for (FileEntry entry : run) {
      OpenFile file = snapshot.file(entry);
      for (Point point : file.points()) {
        if (snapshot.isHome(file, point.checkpoint())) {
          List<StoredSection> sections = new ArrayList<>();
          for (StoredSection section : point.sections()) {
            sections.add(drawn.take(file, section));
          }
          points.add(point.withSections(sections).withLabel(snapshot.describe(point).label()));
        }
      }
    }
    return points;
  }

  private Edit.Folded folded(List<Point> points) {
    Map<Long, String> labels = new HashMap<>();
    points.forEach(point -> labels.put(point.checkpoint(), point.label()));
    return new Edit.Folded(header.name().first(), run.getLast().through(), labels.keySet(), labels);
  }

  @Override
  public void close() throws IOException {
    discard(chain, header, out);
  }

  /** Takes the file away unless a commit has given it its name, and lets its flock go. */
  private static void discard(Chain chain, FileHeader header, StoreOutput out) throws IOException {
    chain.discard(header.name());
    out.close();
  }
}

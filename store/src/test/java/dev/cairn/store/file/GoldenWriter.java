package dev.cairn.store.file;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.Id;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes the golden files: {@link GoldenHistory} as this code writes it, first by checkpoint, then
 * packed and merged; of version 2, with differences. Not thread-safe.
 */
final class GoldenWriter {
  private static final FileName BASE = new FileName(FileKind.BASE, 0, 0, 0xb0);
  private static final FileName PLAIN = new FileName(FileKind.LAYER, 1, 1, 0xa1);
  private static final FileName LZ4 = new FileName(FileKind.LAYER, 2, 2, 0xa2);
  private static final FileName ZSTD = new FileName(FileKind.LAYER, 3, 3, 0xa3);
  private static final FileName PACKED = new FileName(FileKind.PAGES, 1, 3, 0xc4);
  private static final FileName MERGED = new FileName(FileKind.LAYER, 1, 3, 0xd5);

  /** Pages of block 0 from this one on are a piece of their own in the merged layer. */
  private static final int PIECE = 600;

  /** A section and the file that it lies in. */
  private record Placed(DeviceSection content, FileName file, StoredSection stored) {}

  /** A version of a page and the file that its frame lies in. */
  private record Version(long key, int checkpoint, int crc, FileName file, long address) {}

  private final StoreDirectory directory = MemoryDirectory.create();
  private final Map<FileName, OpenFile> open = new HashMap<>();
  private final List<List<Placed>> sections = new ArrayList<>();
  private final List<Point.Written> written = new ArrayList<>();

  private final int version;

  private GoldenWriter(int version) {
    this.version = version;
  }

  /** Returns the bytes of every golden file, by its name among the test resources. */
  static Map<String, byte[]> write(int version) throws IOException {
    GoldenWriter w = new GoldenWriter(version);
    Map<String, byte[]> files = new TreeMap<>();
    files.put("whole.base", w.image(BASE, FrameCodec.PLAIN));
    files.put("plain.layer", w.image(PLAIN, FrameCodec.PLAIN));
    files.put("lz4.layer", w.image(LZ4, FrameCodec.LZ4));
    files.put("zstd.layer", w.image(ZSTD, FrameCodec.ZSTD));
    List<Version> versions = w.versions();
    files.put("packed.pages", w.pack(versions));
    files.put("merged.layer", w.merge(versions));
    return files;
  }

  private static FileHeader header(FileName name) {
    boolean layer = name.kind() == FileKind.LAYER;
    return new FileHeader(
        name,
        GoldenHistory.CHAIN,
        layer ? GoldenHistory.id((int) name.first() - 1) : Id.NONE,
        name.kind() == FileKind.PAGES ? Id.NONE : GoldenHistory.id((int) name.last()),
        GoldenHistory.PAGE);
  }

  private byte[] finish(FileName name) throws IOException {
    open.put(name, OpenFile.open(name, directory.open(name.text())));
    return BytesInput.all(directory.open(name.text()));
  }

  private OpenFile file(FileName name) {
    OpenFile file = open.get(name);
    if (file == null) {
      throw new AssertionError("not written yet: " + name);
    }
    return file;
  }

  private byte[] image(FileName name, FrameCodec codec) throws IOException {
    int checkpoint = (int) name.last();
    boolean whole = name.kind() == FileKind.BASE;
    DrawnTable drawn = new DrawnTable();
    try (Arena arena = Arena.ofConfined();
        StoreOutput out = directory.create(name.text());
        LayerWriter writer =
            whole
                ? LayerWriter.base(header(name), directory, out, GoldenHistory.layout(checkpoint))
                : LayerWriter.layer(header(name), directory, out, codec)) {
      MemorySegment page = arena.allocate(GoldenHistory.PAGE, 64);
      for (GoldenHistory.Change change : GoldenHistory.changes(checkpoint)) {
        page.copyFrom(MemorySegment.ofArray(GoldenHistory.page(change, checkpoint)));
        writer.add(change.block(), change.page(), page);
      }
      List<Placed> placed = new ArrayList<>();
      for (DeviceSection section : GoldenHistory.sections(checkpoint)) {
        placed.add(place(section, name, writer));
      }
      sections.add(placed);
      written.add(writer.written(whole));
      writer.seal(point(checkpoint, drawn, name), drawn.entries());
    }
    return finish(name);
  }

  /** Finds a section among those of the layer below, or writes it. */
  private Placed place(DeviceSection section, FileName name, LayerWriter writer)
      throws IOException {
    if (name.last() > 1) {
      for (Placed former : sections.getLast()) {
        if (former.content.equals(section)) {
          return former;
        }
      }
    }
    return new Placed(section, name, writer.addSection(section));
  }

  private Point point(int checkpoint, DrawnTable drawn, FileName into) {
    List<StoredSection> stored = new ArrayList<>();
    for (Placed p : sections.get(checkpoint)) {
      stored.add(p.file.equals(into) ? p.stored : drawn.take(p.file, p.stored));
    }
    return new Point(
        checkpoint,
        GoldenHistory.id(checkpoint),
        GoldenHistory.time(checkpoint),
        GoldenHistory.label(checkpoint),
        GoldenHistory.layout(checkpoint),
        written.get(checkpoint),
        stored);
  }

  /** Returns all versions of the three layers, by page and checkpoint. */
  private List<Version> versions() throws IOException {
    List<Version> versions = new ArrayList<>();
    for (FileName name : List.of(PLAIN, LZ4, ZSTD)) {
      OpenFile file = file(name);
      for (int i = 0; i < file.directory().size(); i++) {
        long key = file.directory().key(i);
        Region region = file.region(i);
        for (int v = 0; v < region.versions(); v++) {
          int crc = region.crc(v);
          versions.add(
              new Version(key + region.page(v), (int) name.last(), crc, name, region.address(v)));
        }
      }
    }
    versions.sort(Comparator.comparingLong(Version::key).thenComparingInt(Version::checkpoint));
    return versions;
  }

  /** Packs the plain layer, one frame each of the others, and the section that all points share. */
  private byte[] pack(List<Version> versions) throws IOException {
    try (StoreOutput out = directory.create(PACKED.text());
        FrameReader reader = new FrameReader(GoldenHistory.PAGE);
        GoldenDifferences differences = new GoldenDifferences();
        PagesWriter writer = new PagesWriter(header(PACKED).withVersion(version), out)) {
      for (int i = 0; i < versions.size(); i++) {
        Version v = versions.get(i);
        if (version > 1 && differences.takes(v.key)) {
          MemorySegment frame = reader.read(file(v.file), v.address, v.crc);
          long address = differences.add(v.key, frame, reader.page(), v.crc, writer);
          versions.set(i, new Version(v.key, v.checkpoint, v.crc, PACKED, address));
        } else if (isPacked(v)) {
          versions.set(i, moved(v, reader, writer));
        }
      }
      Placed shared = sections.get(1).getFirst();
      long offset =
          writer.add(
              Address.kind(shared.stored.address()),
              DeviceFrames.readStored(file(shared.file), shared.stored));
      StoredSection stored = shared.stored.at(Address.at(shared.stored.address(), offset));
      for (int checkpoint = 1; checkpoint < GoldenHistory.CHECKPOINTS; checkpoint++) {
        sections.get(checkpoint).set(0, new Placed(shared.content, PACKED, stored));
      }
      writer.seal();
    }
    return finish(PACKED);
  }

  private static boolean isPacked(Version v) {
    boolean plain = v.file.equals(PLAIN) && Address.kind(v.address) == Address.PLAIN;
    boolean lz4 = v.file.equals(LZ4) && v.key == 2;
    boolean noise = v.file.equals(ZSTD) && v.key == 4100;
    return plain || lz4 || noise;
  }

  private Version moved(Version v, FrameReader reader, PagesWriter writer) throws IOException {
    MemorySegment frame = reader.read(file(v.file), v.address, v.crc);
    long offset = writer.add(Address.kind(v.address), frame);
    return new Version(v.key, v.checkpoint, v.crc, PACKED, Address.at(v.address, offset));
  }

  private byte[] merge(List<Version> versions) throws IOException {
    DrawnTable drawn = new DrawnTable();
    try (StoreOutput out = directory.create(MERGED.text())) {
      MergedLayerWriter writer = new MergedLayerWriter(header(MERGED).withVersion(version), out);
      Map<Long, Versions> pieces = new TreeMap<>();
      for (Version v : versions) {
        long region = Directory.regionOf(v.key);
        boolean second = region == 0 && v.key >= PIECE;
        pieces
            .computeIfAbsent(second ? PIECE : region, key -> new Versions())
            .add((int) (v.key - region), v.checkpoint, v.crc, drawn.take(file(v.file), v.address));
      }
      for (Map.Entry<Long, Versions> piece : pieces.entrySet()) {
        writer.add(piece.getKey(), piece.getValue());
      }
      List<Point> points = new ArrayList<>();
      for (int checkpoint = 1; checkpoint < GoldenHistory.CHECKPOINTS; checkpoint++) {
        points.add(point(checkpoint, drawn, MERGED));
      }
      writer.seal(points, drawn.entries());
    }
    return finish(MERGED);
  }
}

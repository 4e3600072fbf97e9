package dev.cairn.store.file;

import dev.cairn.store.CorruptFileException;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.store.StoreException;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Encodes and decodes the POINTS chunk. Layout: FORMAT.md, Points. */
final class PointsChunk {
  static final int HEADER_LENGTH = 24;
  static final int POINT_LENGTH = 96;
  static final int LAYOUT_LENGTH = 8;
  static final int BLOCK_LENGTH = 24;
  static final int SECTION_LENGTH = 40;

  /** Longest label in bytes of UTF-8. */
  static final int MOST_LABEL_BYTES = 1024;

  private static final int WHOLE_IMAGE = 1;

  private PointsChunk() {}

  /** Encodes points sorted by checkpoint. */
  static byte[] encode(List<Point> points) {
    Tables t = new Tables();
    for (Point point : points) {
      t.add(point);
    }
    int length =
        HEADER_LENGTH
            + POINT_LENGTH * points.size()
            + LAYOUT_LENGTH * t.layouts.size()
            + BLOCK_LENGTH * t.blockCount
            + SECTION_LENGTH * t.sections.size()
            + t.strings.size();
    byte[] bytes = new byte[length];
    MemorySegment s = MemorySegment.ofArray(bytes);
    Bytes.put32(s, 0, points.size());
    Bytes.put32(s, 4, t.layouts.size());
    Bytes.put32(s, 8, t.blockCount);
    Bytes.put32(s, 12, t.sections.size());
    Bytes.put32(s, 16, t.strings.size());
    long at = HEADER_LENGTH;
    for (Point point : points) {
      t.putPoint(s.asSlice(at, POINT_LENGTH), point);
      at += POINT_LENGTH;
    }
    int firstBlock = 0;
    for (PointLayout layout : t.layouts.keySet()) {
      Bytes.put32(s, at, firstBlock);
      Bytes.put32(s, at + 4, layout.ordinals().size());
      firstBlock += layout.ordinals().size();
      at += LAYOUT_LENGTH;
    }
    for (PointLayout layout : t.layouts.keySet()) {
      for (int i = 0; i < layout.ordinals().size(); i++) {
        t.putBlock(
            s.asSlice(at, BLOCK_LENGTH), layout.ordinals().get(i), layout.layout().blocks().get(i));
        at += BLOCK_LENGTH;
      }
    }
    for (StoredSection section : t.sections) {
      t.putSection(s.asSlice(at, SECTION_LENGTH), section);
      at += SECTION_LENGTH;
    }
    MemorySegment.copy(MemorySegment.ofArray(t.strings.toByteArray()), 0, s, at, t.strings.size());
    return bytes;
  }

  /** The shared records behind the points, while a chunk is made. */
  private static final class Tables {
    private final Map<PointLayout, Integer> layouts = new LinkedHashMap<>();
    private final List<StoredSection> sections = new ArrayList<>();
    private final Map<List<StoredSection>, Integer> lists = new LinkedHashMap<>();
    private final Map<String, Integer> offsets = new LinkedHashMap<>();
    private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
    private int blockCount;

    void add(Point point) {
      string(point.label());
      if (layouts.putIfAbsent(point.layout(), layouts.size()) == null) {
        blockCount += point.layout().ordinals().size();
        point.layout().layout().blocks().forEach(block -> string(block.name()));
      }
      if (lists.putIfAbsent(point.sections(), sections.size()) == null) {
        sections.addAll(point.sections());
        point.sections().forEach(section -> string(section.name()));
      }
    }

    private int string(String text) {
      return offsets.computeIfAbsent(
          text,
          x -> {
            int offset = strings.size();
            strings.writeBytes(x.getBytes(StandardCharsets.UTF_8));
            return offset;
          });
    }

    private void putString(MemorySegment s, long at, String text) {
      Bytes.put32(s, at, string(text));
      Bytes.put32(s, at + 4, text.getBytes(StandardCharsets.UTF_8).length);
    }

    void putPoint(MemorySegment s, Point point) {
      Bytes.put64(s, 0, point.checkpoint());
      FileHeader.putId(s, 8, point.id());
      Instant time = point.time();
      Bytes.put64(s, 24, time.getEpochSecond());
      Bytes.put32(s, 32, time.getNano());
      Bytes.put32(s, 36, layouts.getOrDefault(point.layout(), 0));
      putString(s, 40, point.label());
      Bytes.put64(s, 48, point.written().pages());
      Bytes.put64(s, 56, point.written().zeroPages());
      Bytes.put64(s, 64, point.written().bytes());
      Bytes.put32(s, 72, lists.getOrDefault(point.sections(), 0));
      Bytes.put32(s, 76, point.sections().size());
      Bytes.put32(s, 80, point.written().wholeImage() ? WHOLE_IMAGE : 0);
    }

    void putBlock(MemorySegment s, int ordinal, RamBlock block) {
      Bytes.put32(s, 0, ordinal);
      Bytes.put32(s, 4, block.hostPageSize());
      Bytes.put64(s, 8, block.length());
      putString(s, 16, block.name());
    }

    void putSection(MemorySegment s, StoredSection section) {
      putString(s, 0, section.name());
      Bytes.put32(s, 8, section.version());
      Bytes.put32(s, 12, section.crc());
      Bytes.put64(s, 16, section.length());
      Bytes.put64(s, 24, section.storedLength());
      Bytes.put64(s, 32, section.address());
    }
  }

  /**
   * Decodes a chunk whose CRC has been checked.
   *
   * @param ordinals entries of the file's file table; every section's address must name one
   */
  static List<Point> decode(FileHeader header, Chunk chunk, int ordinals) throws StoreException {
    return new Decoder(header, chunk, ordinals).points();
  }

  private static final class Decoder {
    private final FileHeader header;
    private final Chunk chunk;
    private final MemorySegment s;
    private final int ordinals;
    private final long pointCount;
    private final long layoutCount;
    private final long blockCount;
    private final long sectionCount;
    private final long layoutsAt;
    private final long blocksAt;
    private final long sectionsAt;
    private final MemorySegment strings;
    private final Map<Long, List<StoredSection>> lists = new HashMap<>();
    private final Map<Long, String> known = new HashMap<>();
    private long blocksRead;
    private long sectionsRead;
    private long stringsRead;

    Decoder(FileHeader header, Chunk chunk, int ordinals) throws CorruptFileException {
      this.header = header;
      this.chunk = chunk;
      this.ordinals = ordinals;
      s = chunk.bytes();
      chunk.require(s.byteSize() >= HEADER_LENGTH, "length", 0, "≥ 24", s.byteSize());
      pointCount = Bytes.getU32(s, 0);
      layoutCount = Bytes.getU32(s, 4);
      blockCount = Bytes.getU32(s, 8);
      sectionCount = Bytes.getU32(s, 12);
      layoutsAt = HEADER_LENGTH + POINT_LENGTH * pointCount;
      blocksAt = layoutsAt + LAYOUT_LENGTH * layoutCount;
      sectionsAt = blocksAt + BLOCK_LENGTH * blockCount;
      long stringsAt = sectionsAt + SECTION_LENGTH * sectionCount;
      long length = stringsAt + Bytes.getU32(s, 16);
      chunk.require(length == s.byteSize(), "length of its tables", 0, s.byteSize(), length);
      strings = s.asSlice(stringsAt);
    }

    List<Point> points() throws StoreException {
      List<PointLayout> layouts = new ArrayList<>();
      for (long i = 0; i < layoutCount; i++) {
        layouts.add(layout(layoutsAt + i * LAYOUT_LENGTH));
      }
      chunk.require(blocksRead == blockCount, "blocks", 8, blocksRead, blockCount);
      List<StoredSection> sections = new ArrayList<>();
      for (long i = 0; i < sectionCount; i++) {
        sections.add(section(sectionsAt + i * SECTION_LENGTH));
      }
      List<Point> points = new ArrayList<>();
      long previous = header.name().first() - 1;
      for (long i = 0; i < pointCount; i++) {
        long at = HEADER_LENGTH + i * POINT_LENGTH;
        Point point = point(at, layouts, sections);
        boolean inOrder =
            point.checkpoint() > previous && point.checkpoint() <= header.name().last();
        chunk.require(inOrder, "checkpoint", at, "above " + previous, point.checkpoint());
        previous = point.checkpoint();
        points.add(point);
      }
      boolean all = sectionsRead == sectionCount;
      chunk.require(all, "sections", 12, sectionsRead, sectionCount);
      return points;
    }

    private Point point(long at, List<PointLayout> layouts, List<StoredSection> sections)
        throws StoreException {
      long nanos = Bytes.getU32(s, at + 32);
      chunk.require(nanos < 1_000_000_000, "nanoseconds", at + 32, "< 10^9", nanos);
      long seconds = Bytes.get64(s, at + 24);
      boolean sane =
          seconds >= Instant.MIN.getEpochSecond() && seconds <= Instant.MAX.getEpochSecond();
      chunk.require(sane, "seconds", at + 24, "a time", seconds);
      long layout = Bytes.getU32(s, at + 36);
      chunk.require(layout < layouts.size(), "layout", at + 36, "< " + layouts.size(), layout);
      long pages = Bytes.get64(s, at + 48);
      long zeroPages = Bytes.get64(s, at + 56);
      long bytes = Bytes.get64(s, at + 64);
      boolean counts = zeroPages >= 0 && pages >= zeroPages && bytes >= 0;
      chunk.require(counts, "counts", at + 48, "0 ≤ zero pages ≤ pages", zeroPages + ", " + pages);
      int flags = Bytes.get32(s, at + 80);
      if ((flags & ~WHOLE_IMAGE) != 0) {
        throw chunk.unknown("flags " + Integer.toHexString(flags) + " of a point");
      }
      return new Point(
          Bytes.get64(s, at),
          FileHeader.getId(s, at + 8),
          Instant.ofEpochSecond(seconds, nanos),
          string(at + 40, 0, MOST_LABEL_BYTES),
          layouts.get((int) layout),
          new Point.Written(pages, zeroPages, bytes, flags == WHOLE_IMAGE),
          list(at + 72, sections));
    }

    /** Lists follow each other or are the same, so what they take is bounded by the chunk. */
    private List<StoredSection> list(long at, List<StoredSection> sections)
        throws CorruptFileException {
      long first = Bytes.getU32(s, at);
      long count = Bytes.getU32(s, at + 4);
      List<StoredSection> same = lists.get(first << 32 | count);
      if (same != null) {
        return same;
      }
      boolean next = first == sectionsRead && first + count <= sections.size();
      chunk.require(next, "sections", at, "from " + sectionsRead + " on", first + ", " + count);
      sectionsRead += count;
      List<StoredSection> list = List.copyOf(sections.subList((int) first, (int) (first + count)));
      Set<String> names = new HashSet<>();
      for (StoredSection section : list) {
        boolean once = names.add(section.name());
        chunk.require(once, "sections", at, "distinct names", section.name() + " stands twice");
      }
      lists.put(first << 32 | count, list);
      return list;
    }

    private PointLayout layout(long at) throws CorruptFileException {
      long first = Bytes.getU32(s, at);
      long count = Bytes.getU32(s, at + 4);
      boolean next = first == blocksRead && first + count <= blockCount;
      chunk.require(next, "blocks", at, "from " + blocksRead + " on", first + ", " + count);
      blocksRead += count;
      List<RamBlock> blocks = new ArrayList<>();
      List<Integer> blockOrdinals = new ArrayList<>();
      for (long i = 0; i < count; i++) {
        long blockAt = blocksAt + (first + i) * BLOCK_LENGTH;
        long ordinal = Bytes.getU32(s, blockAt);
        chunk.require(ordinal < RamLayout.MAX_BLOCKS, "block ordinal", blockAt, "16 bits", ordinal);
        blockOrdinals.add((int) ordinal);
        String name = string(blockAt + 16, 1, RamBlock.MAX_NAME_BYTES);
        try {
          blocks.add(new RamBlock(name, Bytes.get64(s, blockAt + 8), Bytes.get32(s, blockAt + 4)));
        } catch (IllegalArgumentException e) {
          throw chunk.corrupt("block", blockAt, "a RAM block", String.valueOf(e.getMessage()));
        }
      }
      try {
        return new PointLayout(new RamLayout(header.pageSize(), blocks), blockOrdinals);
      } catch (IllegalArgumentException e) {
        throw chunk.corrupt("layout", at, "a RAM layout", String.valueOf(e.getMessage()));
      }
    }

    private StoredSection section(long at) throws StoreException {
      long length = Bytes.get64(s, at + 16);
      long stored = Bytes.get64(s, at + 24);
      boolean lengths =
          length >= 0 && length <= DeviceSection.MAX_LENGTH && stored >= 0 && stored <= length;
      chunk.require(lengths, "section length", at + 16, "stored ≤ plain", stored + ", " + length);
      long address = Bytes.get64(s, at + 32);
      int kind = Address.kind(address);
      if (kind > Address.ZSTD) {
        throw chunk.unknown("address kind " + kind);
      }
      boolean addressed =
          ((kind == Address.PLAIN && stored == length) || (kind == Address.ZSTD && stored > 0))
              && Address.compressedBytes(address) == 0
              && Address.ordinal(address) < ordinals;
      chunk.require(addressed, "section address", at + 32, "PLAIN or ZSTD", address);
      int version = Bytes.get32(s, at + 8);
      chunk.require(version >= 0, "section version", at + 8, "≥ 0", version);
      return new StoredSection(
          string(at, 1, 255), version, Bytes.get32(s, at + 12), length, stored, address);
    }

    private String string(long at, int least, int most) throws CorruptFileException {
      long offset = Bytes.getU32(s, at);
      long length = Bytes.getU32(s, at + 4);
      boolean inside = length >= least && length <= most && offset + length <= strings.byteSize();
      chunk.require(inside, "string", at, least + ".." + most + " bytes", length);
      String same = known.get(offset << 32 | length);
      if (same != null) {
        return same;
      }
      stringsRead += length;
      boolean apart = stringsRead <= strings.byteSize();
      chunk.require(apart, "string", at, "apart from others", offset + ", " + length);
      String text = chunk.text(at, strings.asSlice(offset, length));
      known.put(offset << 32 | length, text);
      return text;
    }
  }
}

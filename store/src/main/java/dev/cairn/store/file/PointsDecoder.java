package dev.cairn.store.file;

import dev.cairn.store.CorruptFileException;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.Id;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.store.StoreException;
import dev.cairn.store.Text;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Decodes a POINTS chunk whose CRC has been checked: all points, or the one that is asked for;
 * once. What it makes is bounded by the chunk: layouts, lists and strings are shared or do not
 * overlap. Not thread-safe.
 */
final class PointsDecoder {
  /** Offset in a point's record. */
  private static final int FIRST_SECTION = 72;

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
  private final List<PointLayout> layouts = new ArrayList<>();
  private final Map<Long, List<StoredSection>> lists = new HashMap<>();
  private final Map<Long, String> known = new HashMap<>();
  private long blocksRead;
  private long sectionsRead;
  private long stringsRead;

  /**
   * @param ordinals entries of the file's file table; every section's address must name one
   */
  PointsDecoder(FileHeader header, Chunk chunk, int ordinals) throws StoreException {
    this.header = header;
    this.chunk = chunk;
    this.ordinals = ordinals;
    s = chunk.bytes();
    chunk.require(s.byteSize() >= PointsChunk.HEADER_LENGTH, "length", 0, "≥ 24", s.byteSize());
    pointCount = Bytes.getU32(s, 0);
    layoutCount = Bytes.getU32(s, 4);
    blockCount = Bytes.getU32(s, 8);
    sectionCount = Bytes.getU32(s, 12);
    layoutsAt = PointsChunk.HEADER_LENGTH + PointsChunk.POINT_LENGTH * pointCount;
    blocksAt = layoutsAt + PointsChunk.LAYOUT_LENGTH * layoutCount;
    sectionsAt = blocksAt + PointsChunk.BLOCK_LENGTH * blockCount;
    long stringsAt = sectionsAt + PointsChunk.SECTION_LENGTH * sectionCount;
    long length = stringsAt + Bytes.getU32(s, 16);
    chunk.require(length == s.byteSize(), "length of its tables", 0, s.byteSize(), length);
    strings = s.asSlice(stringsAt);
    for (long i = 0; i < layoutCount; i++) {
      layouts.add(layout(layoutsAt + i * PointsChunk.LAYOUT_LENGTH));
    }
    chunk.require(blocksRead == blockCount, "blocks", 8, blocksRead, blockCount);
  }

  /** Returns all points, sorted by checkpoint. */
  List<Point> points() throws StoreException {
    List<Point> points = new ArrayList<>();
    long previous = header.name().first() - 1;
    for (long i = 0; i < pointCount; i++) {
      Point point = point(at(i));
      boolean inOrder = point.checkpoint() > previous && point.checkpoint() <= header.name().last();
      chunk.require(inOrder, "checkpoint", at(i), "above " + previous, point.checkpoint());
      previous = point.checkpoint();
      points.add(point);
    }
    boolean all = sectionsRead == sectionCount;
    chunk.require(all, "sections", 12, sectionsRead, sectionCount);
    return points;
  }

  /** Returns the point of a checkpoint, if it is listed; looks at no other one's record. */
  Optional<Point> find(long checkpoint) throws StoreException {
    long low = 0;
    long high = pointCount;
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (Bytes.get64(s, at(middle)) < checkpoint) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low == pointCount || Bytes.get64(s, at(low)) != checkpoint) {
      return Optional.empty();
    }
    sectionsRead = Bytes.getU32(s, at(low) + FIRST_SECTION); // the lists before it are not read
    return Optional.of(point(at(low)));
  }

  private static long at(long point) {
    return PointsChunk.HEADER_LENGTH + point * PointsChunk.POINT_LENGTH;
  }

  private Point point(long at) throws StoreException {
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
    chunk.require((flags & ~PointsChunk.WHOLE_IMAGE) == 0, "flags", at + 80, "0 or 1", flags);
    long checkpoint = Bytes.get64(s, at);
    Id id = FileHeader.getId(s, at + 8);
    boolean last = checkpoint == header.name().last();
    chunk.require(
        !last || id.equals(header.lastId()), "checkpoint id", at + 8, header.lastId(), id);
    return new Point(
        checkpoint,
        id,
        Instant.ofEpochSecond(seconds, nanos),
        string(at + 40, 0, Point.MAX_LABEL_BYTES),
        layouts.get((int) layout),
        new Point.Written(pages, zeroPages, bytes, flags == PointsChunk.WHOLE_IMAGE),
        list(at + FIRST_SECTION));
  }

  /** Lists follow each other or are the same, so what they take is bounded by the chunk. */
  private List<StoredSection> list(long at) throws StoreException {
    long first = Bytes.getU32(s, at);
    long count = Bytes.getU32(s, at + 4);
    List<StoredSection> same = lists.get(first << 32 | count);
    if (same != null) {
      return same;
    }
    if (count == 0) {
      return List.of();
    }
    boolean next = first == sectionsRead && first + count <= sectionCount;
    chunk.require(next, "sections", at, "from " + sectionsRead + " on", first + ", " + count);
    sectionsRead += count;
    List<StoredSection> list = new ArrayList<>();
    Set<String> names = new HashSet<>();
    long length = 0;
    for (long i = first; i < first + count; i++) {
      StoredSection section = section(sectionsAt + i * PointsChunk.SECTION_LENGTH);
      boolean once = names.add(section.name());
      chunk.require(once, "sections", at, "distinct names", section.name() + " stands twice");
      length += section.length();
      list.add(section);
    }
    chunk.require(
        length <= DeviceState.MAX_BYTES, "sections", at, "≤ " + DeviceState.MAX_BYTES, length);
    List<StoredSection> listed = List.copyOf(list);
    lists.put(first << 32 | count, listed);
    return listed;
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
      long blockAt = blocksAt + (first + i) * PointsChunk.BLOCK_LENGTH;
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
    boolean addressed =
        ((kind == Address.PLAIN && stored == length) || (kind == Address.ZSTD && stored > 0))
            && Address.compressedBytes(address) == 0
            && Address.ordinal(address) < ordinals;
    chunk.require(addressed, "section address", at + 32, "PLAIN or ZSTD", address);
    int version = Bytes.get32(s, at + 8);
    chunk.require(version >= 0, "section version", at + 8, "≥ 0", version);
    return new StoredSection(
        string(at, 1, DeviceSection.MAX_NAME_BYTES),
        version,
        Bytes.get32(s, at + 12),
        length,
        stored,
        address);
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
    chunk.require(Text.isSound(text, least, most), "string", at, "no control characters", length);
    known.put(offset << 32 | length, text);
    return text;
  }
}

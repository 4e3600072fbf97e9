package dev.cairn.store.file;

import dev.cairn.store.CorruptFileException;
import dev.cairn.store.RamLayout;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where the pages of a block lie in a base image. Immutable. Layout: FORMAT.md, Base image.
 *
 * @param ordinal of the block
 * @param length bytes
 * @param offset of page 0 in the file, a multiple of 1 MiB
 */
record Area(int ordinal, long length, long offset) {
  static final int ENTRY_LENGTH = 24;
  static final long ALIGNMENT = 1 << 20;

  /** Longest chunk, bytes. */
  static final int MOST_BYTES = 8 + ENTRY_LENGTH * RamLayout.MAX_BLOCKS;

  /** Gives each block of a layout its place, in ascending order of ordinals. */
  static List<Area> place(PointLayout layout) {
    List<Area> areas = new ArrayList<>();
    long offset = ALIGNMENT;
    SortedMap<Integer, Long> lengths = new TreeMap<>();
    for (int i = 0; i < layout.ordinals().size(); i++) {
      lengths.put(layout.ordinals().get(i), layout.layout().blocks().get(i).length());
    }
    for (Map.Entry<Integer, Long> block : lengths.entrySet()) {
      long length = block.getValue();
      areas.add(new Area(block.getKey(), length, offset));
      offset = Bytes.alignUp(offset + length, ALIGNMENT);
    }
    return areas;
  }

  static long end(List<Area> areas) {
    if (areas.isEmpty()) {
      return 0;
    }
    Area last = areas.getLast();
    return last.offset + last.length;
  }

  static byte[] encode(List<Area> areas) {
    byte[] bytes = new byte[8 + ENTRY_LENGTH * areas.size()];
    MemorySegment s = MemorySegment.ofArray(bytes);
    Bytes.put32(s, 0, areas.size());
    for (int i = 0; i < areas.size(); i++) {
      long at = 8 + (long) i * ENTRY_LENGTH;
      Bytes.put32(s, at, areas.get(i).ordinal);
      Bytes.put64(s, at + 8, areas.get(i).length);
      Bytes.put64(s, at + 16, areas.get(i).offset);
    }
    return bytes;
  }

  static List<Area> decode(Chunk chunk) throws CorruptFileException {
    MemorySegment s = chunk.bytes();
    chunk.require(s.byteSize() >= 8, "length", 0, "≥ 8", s.byteSize());
    long count = Bytes.getU32(s, 0);
    chunk.require(8 + count * ENTRY_LENGTH == s.byteSize(), "count", 0, s.byteSize(), count);
    List<Area> areas = new ArrayList<>();
    for (long at = 8; at < s.byteSize(); at += ENTRY_LENGTH) {
      areas.add(new Area(Bytes.get32(s, at), Bytes.get64(s, at + 8), Bytes.get64(s, at + 16)));
    }
    return areas;
  }
}

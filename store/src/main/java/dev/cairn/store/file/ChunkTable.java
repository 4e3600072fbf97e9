package dev.cairn.store.file;

import dev.cairn.store.CorruptFileException;
import dev.cairn.store.RefusedException;
import dev.cairn.store.StoreException;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * Where a file's chunks lie: read and checked when the file is opened. Immutable. Layout:
 * FORMAT.md, Chunk table.
 */
final class ChunkTable {
  /**
   * One chunk.
   *
   * @param crc of its bytes
   * @param offset in the file
   * @param length bytes
   */
  record Entry(int id, int crc, long offset, long length) {}

  private final FileHeader header;
  private final long offset;
  private final Map<Integer, Entry> entries = new HashMap<>();

  /**
   * @param table its bytes
   */
  ChunkTable(FileHeader header, Footer footer, MemorySegment table) throws StoreException {
    this.header = header;
    this.offset = footer.tableOffset();
    Chunk c = new Chunk(header.name().text(), ChunkId.of("tabl"), offset, table);
    int crc = new Crc().of(table);
    c.require(crc == footer.tableCrc(), "CRC", 0, footer.tableCrc(), crc);
    read(c, footer.metadataOffset());
    for (int id : ChunkId.of(header.name().kind())) {
      entry(id);
    }
  }

  private void read(Chunk c, long metadataOffset) throws StoreException {
    MemorySegment table = c.bytes();
    long end = metadataOffset;
    for (long at = 0; at < table.byteSize(); at += Footer.ENTRY_LENGTH) {
      Entry entry =
          new Entry(
              Bytes.get32(table, at),
              Bytes.get32(table, at + 4),
              Bytes.get64(table, at + 8),
              Bytes.get64(table, at + 16));
      // Behind the regions, of which the directory knows, nothing lies between the chunks.
      boolean inPlace =
          (at == 0 && ChunkId.hasRegions(header.name().kind()))
              ? entry.offset >= end && (entry.offset & 7) == 0
              : entry.offset == end;
      c.require(inPlace, "offset of a chunk", at + 8, end, entry.offset);
      long room = offset - entry.offset;
      boolean within = entry.length >= 0 && entry.length <= room;
      c.require(within, "length of a chunk", at + 16, "≤ " + room, entry.length);
      end = Bytes.alignUp(entry.offset + entry.length, 8);
      checkId(c, at, entry);
      boolean once = entries.put(entry.id, entry) == null;
      c.require(once, "chunk", at, "once", ChunkId.text(entry.id));
    }
    c.require(end == offset, "offset of the chunk table", 0, end, offset);
  }

  private void checkId(Chunk c, long at, Entry entry) throws StoreException {
    String text = ChunkId.text(entry.id);
    c.require(ChunkId.isSound(entry.id), "chunk", at, "four letters", text);
    if (!ChunkId.isKnown(entry.id)) {
      if (!ChunkId.isOptional(entry.id)) {
        throw new RefusedException(
            header.name() + ": chunk " + text + " is unknown to this Cairn; use a newer one");
      }
      return;
    }
    boolean belongs = ChunkId.of(header.name().kind()).contains(entry.id);
    c.require(belongs, "chunk", at, "one of such a file", text);
    long most = ChunkId.most(entry.id);
    c.require(entry.length <= most, "length of " + text, at + 16, "≤ " + most, entry.length);
  }

  /** Returns the entry of a chunk that every such file has. */
  Entry entry(int id) throws CorruptFileException {
    Entry entry = entries.get(id);
    if (entry == null) {
      throw new CorruptFileException(
          header.name().text(), "chunk table", offset, ChunkId.text(id), "no such chunk");
    }
    return entry;
  }

  /** Returns where the first chunk starts, and the index regions end. */
  long firstChunk() {
    return entries.values().stream().mapToLong(Entry::offset).min().orElse(offset);
  }
}

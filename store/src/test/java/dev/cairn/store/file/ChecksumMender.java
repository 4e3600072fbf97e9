package dev.cairn.store.file;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Makes the checksums of a file right again after any of its bytes were changed, and those fields
 * that follow from others, so that a fuzzer reaches what lies behind them. Looks at nothing before
 * it has found it within the file: a file may be nonsense. Not thread-safe.
 *
 * <p>Header byte 92, which is reserved and not read, says what is left as it is, so that the checks
 * of magic, lengths, sums and starts can be reached, too; and whether some fields are edited first.
 */
public final class ChecksumMender {
  /** Offset of the byte of switches in a file. */
  static final int SWITCHES_AT = 92;

  static final int KEEP_ALL = 1;
  static final int KEEP_MAGIC = 2;
  static final int KEEP_LENGTHS = 4;
  static final int KEEP_DIRECTORY = 8;
  static final int KEEP_SECTIONS = 16;
  static final int EDIT_FIELDS = 32;

  private final MemorySegment s;
  private final long length;
  private final long gap;
  private final int switches;
  private final Crc crc = new Crc();

  private ChecksumMender(MemorySegment s, long gap) {
    this.s = s;
    this.length = s.byteSize();
    this.gap = gap;
    this.switches = s.get(ValueLayout.JAVA_BYTE, SWITCHES_AT);
  }

  /**
   * Mends a file in place.
   *
   * @param gap bytes by which what lies behind the header and the body's bytes is further back in
   *     the file than in {@code bytes}: zeros that are left out
   */
  public static void mend(byte[] bytes, long gap) {
    if (bytes.length < FileHeader.LENGTH + Footer.LENGTH) {
      return;
    }
    MemorySegment all = MemorySegment.ofArray(bytes);
    ChecksumMender mender = new ChecksumMender(all, gap);
    if (mender.keeps(EDIT_FIELDS)) {
      FieldEdits.edit(all, gap);
    }
    if (!mender.keeps(KEEP_ALL)) {
      mender.mend();
    }
  }

  /** Returns the file with a switch turned on under which its fields are edited. */
  public static byte[] withEdits(byte[] file) {
    byte[] edited = file.clone();
    edited[SWITCHES_AT] |= EDIT_FIELDS;
    return edited;
  }

  private boolean keeps(int what) {
    return (switches & what) != 0;
  }

  private void mend() {
    if (!keeps(KEEP_MAGIC)) {
      Bytes.put64(s, FileHeader.MAGIC_AT, FileHeader.MAGIC);
      int version = Bytes.get32(s, FileHeader.VERSION_AT);
      boolean known = version >= FileHeader.VERSION && version <= FileHeader.NEWEST_VERSION;
      Bytes.put32(s, FileHeader.VERSION_AT, known ? version : FileHeader.VERSION);
    }
    Bytes.put32(s, FileHeader.CRC_AT, crc.of(s, 0, FileHeader.CRC_AT));
    long footerAt = length - Footer.LENGTH;
    MemorySegment footer = s.asSlice(footerAt);
    int count = Bytes.get32(footer, 16);
    long tableLength = (long) Footer.ENTRY_LENGTH * count;
    boolean tableFits = count >= 0 && count <= Footer.MAX_CHUNKS && tableLength <= footerAt;
    if (!keeps(KEEP_LENGTHS)) {
      Bytes.put64(footer, 24, length + gap);
      Bytes.put64(footer, 32, Bytes.get64(s, FileHeader.FILE_ID_AT));
      if (tableFits) {
        Bytes.put64(footer, 8, footerAt - tableLength + gap);
      }
    }
    if (tableFits) {
      MemorySegment table = s.asSlice(footerAt - tableLength, tableLength);
      mendChunks(table, Bytes.get64(footer, 0) - gap);
      Bytes.put32(footer, 20, crc.of(table));
    }
    long metadataAt = Bytes.get64(footer, 0) - gap;
    if (isWithin(metadataAt, footerAt - metadataAt)) {
      Bytes.put32(footer, Footer.METADATA_CRC_AT, crc.of(s, metadataAt, footerAt - metadataAt));
    }
    if (!keeps(KEEP_MAGIC)) {
      Bytes.put32(footer, 40, Bytes.get32(s, FileHeader.VERSION_AT));
      Bytes.put64(footer, Footer.MAGIC_AT, Footer.MAGIC);
    }
    Bytes.put32(footer, Footer.CRC_AT, crc.of(footer, 0, Footer.CRC_AT));
  }

  private void mendChunks(MemorySegment table, long metadataAt) {
    for (long at = 0; at < table.byteSize(); at += Footer.ENTRY_LENGTH) {
      long from = Bytes.get64(table, at + 8) - gap;
      long bytes = Bytes.get64(table, at + 16);
      if (!isWithin(from, bytes)) {
        continue;
      }
      MemorySegment chunk = s.asSlice(from, bytes);
      if (Bytes.get32(table, at) == ChunkId.INDEX) {
        mendDirectory(chunk, metadataAt);
      }
      if (Bytes.get32(table, at) == ChunkId.POINTS && !keeps(KEEP_SECTIONS)) {
        mendSections(chunk);
      }
      Bytes.put32(table, at + 4, crc.of(chunk));
    }
  }

  /** Makes the stored length of plain device state its length. */
  private static void mendSections(MemorySegment points) {
    if (points.byteSize() < PointsChunk.HEADER_LENGTH) {
      return;
    }
    long at =
        PointsChunk.HEADER_LENGTH
            + PointsChunk.POINT_LENGTH * Bytes.getU32(points, 0)
            + PointsChunk.LAYOUT_LENGTH * Bytes.getU32(points, 4)
            + PointsChunk.BLOCK_LENGTH * Bytes.getU32(points, 8);
    long count = Bytes.getU32(points, 12);
    for (long i = 0; i < count; i++, at += PointsChunk.SECTION_LENGTH) {
      if (at + PointsChunk.SECTION_LENGTH > points.byteSize()) {
        return;
      }
      if (Address.kind(Bytes.get64(points, at + 32)) == Address.PLAIN) {
        Bytes.put64(points, at + 24, Bytes.get64(points, at + 16));
      }
    }
  }

  /** Makes the regions' checksums right, and what of the directory follows from the rest of it. */
  private void mendDirectory(MemorySegment directory, long metadataAt) {
    if (directory.byteSize() < Directory.HEADER_LENGTH) {
      return;
    }
    long pages = 0;
    long versions = 0;
    long start = 0;
    for (long at = Directory.HEADER_LENGTH;
        at + Directory.ENTRY_LENGTH <= directory.byteSize();
        at += Directory.ENTRY_LENGTH) {
      int pagesAndFlags = Bytes.getU16(directory, at + 6);
      int pageCount = (pagesAndFlags & 0xfff) + 1;
      long versionCount = Bytes.getU32(directory, at + 12);
      long bytes = Region.length(pagesAndFlags >>> 12, pageCount, versionCount);
      if (!keeps(KEEP_DIRECTORY)) {
        Bytes.put32(directory, at + 8, (int) (start >>> 3));
      }
      long from = metadataAt + 8 * Bytes.getU32(directory, at + 8);
      if (isWithin(from, bytes)) {
        Bytes.put32(directory, at + 16, crc.of(s, from, bytes));
      }
      start += bytes;
      pages += pageCount;
      versions += versionCount;
    }
    if (!keeps(KEEP_DIRECTORY)) {
      Bytes.put64(directory, 8, pages);
      Bytes.put64(directory, 16, versions);
      Bytes.put64(directory, 24, metadataAt + gap);
    }
  }

  private boolean isWithin(long from, long bytes) {
    return from >= 0 && bytes >= 0 && from <= length && bytes <= length - from;
  }
}

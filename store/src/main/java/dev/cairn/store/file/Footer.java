package dev.cairn.store.file;

import dev.cairn.store.CorruptFileException;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/**
 * The last 64 bytes of every file. Immutable. Layout: FORMAT.md, Footer.
 *
 * @param metadataOffset where the body ends
 * @param tableOffset of the chunk table
 * @param chunks entries of the table
 * @param tableCrc of the table
 * @param length of the file
 * @param fileId as in the header
 * @param metadataCrc of everything between body and footer
 */
record Footer(
    long metadataOffset,
    long tableOffset,
    int chunks,
    int tableCrc,
    long length,
    long fileId,
    int metadataCrc) {
  static final int LENGTH = 64;
  static final int ENTRY_LENGTH = 24;
  static final int MAX_CHUNKS = 64;
  static final long MAGIC = Long.reverseBytes(FileHeader.MAGIC);
  static final int METADATA_CRC_AT = 44;
  static final int CRC_AT = 52;
  static final int MAGIC_AT = 56;

  /**
   * @param version as in the header
   */
  void encode(MemorySegment s, int version) {
    Bytes.put64(s, 0, metadataOffset);
    Bytes.put64(s, 8, tableOffset);
    Bytes.put32(s, 16, chunks);
    Bytes.put32(s, 20, tableCrc);
    Bytes.put64(s, 24, length);
    Bytes.put64(s, 32, fileId);
    Bytes.put32(s, 40, version);
    Bytes.put32(s, METADATA_CRC_AT, metadataCrc);
    Bytes.put32(s, CRC_AT, new Crc().of(s, 0, CRC_AT));
    Bytes.put64(s, MAGIC_AT, MAGIC);
  }

  /**
   * @param actualLength of the file
   */
  static Footer decode(FileHeader header, MemorySegment s, long actualLength)
      throws CorruptFileException {
    Chunk c = new Chunk(header.name().text(), ChunkId.of("foot"), actualLength - LENGTH, s);
    long magic = Bytes.get64(s, MAGIC_AT);
    c.require(magic == MAGIC, "magic", MAGIC_AT, hex(MAGIC), hex(magic));
    int crc = new Crc().of(s, 0, CRC_AT);
    c.require(crc == Bytes.get32(s, CRC_AT), "CRC", CRC_AT, Bytes.get32(s, CRC_AT), crc);
    Footer f =
        new Footer(
            Bytes.get64(s, 0),
            Bytes.get64(s, 8),
            Bytes.get32(s, 16),
            Bytes.get32(s, 20),
            Bytes.get64(s, 24),
            Bytes.get64(s, 32),
            Bytes.get32(s, METADATA_CRC_AT));
    c.require(f.length == actualLength, "length", 24, f.length, actualLength);
    c.require(
        f.fileId == header.name().fileId(),
        "file id",
        32,
        hex(header.name().fileId()),
        hex(f.fileId));
    int version = Bytes.get32(s, 40);
    c.require(version == header.version(), "version", 40, header.version(), version);
    boolean chunksFit = f.chunks >= 0 && f.chunks <= MAX_CHUNKS;
    c.require(chunksFit, "chunk count", 16, "0.." + MAX_CHUNKS, f.chunks);
    boolean tableFits =
        f.tableOffset >= 0
            && f.tableOffset + (long) ENTRY_LENGTH * f.chunks == actualLength - LENGTH;
    c.require(tableFits, "chunk table", 8, "right before the footer", f.tableOffset);
    boolean bodyFits =
        f.metadataOffset >= FileHeader.LENGTH
            && f.metadataOffset <= f.tableOffset
            && (f.metadataOffset & 63) == 0;
    c.require(bodyFits, "metadata offset", 0, "between header and table", f.metadataOffset);
    return f;
  }

  private static String hex(long value) {
    return HexFormat.of().toHexDigits(value);
  }
}

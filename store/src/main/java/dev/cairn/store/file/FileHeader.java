package dev.cairn.store.file;

import dev.cairn.store.CorruptFileException;
import dev.cairn.store.Id;
import dev.cairn.store.RamLayout;
import dev.cairn.store.RefusedException;
import dev.cairn.store.StoreException;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/**
 * The first 128 bytes of every file. Immutable. Layout: FORMAT.md, Header.
 *
 * @param name kind, range and file id
 * @param chainId the chain that wrote the file first
 * @param parentId checkpoint id of the point below {@code first}
 * @param lastId checkpoint id of {@code last}
 * @param pageSize bytes
 * @param version of the format: the lowest that has what the file may hold
 */
public record FileHeader(
    FileName name, Id chainId, Id parentId, Id lastId, int pageSize, int version) {
  /** Length in bytes. */
  public static final int LENGTH = 128;

  /** The format version of files that hold no difference. */
  public static final int VERSION = 1;

  /** The format version of files whose addresses or frames may be differences. */
  public static final int DIFFERENCES_VERSION = 2;

  /** The newest format version that this code reads. */
  static final int NEWEST_VERSION = DIFFERENCES_VERSION;

  /** {@code \x89CAIRN\r\n}, read as a little-endian number. */
  static final long MAGIC = 0x0a0d4e5249414389L;

  static final int MAGIC_AT = 0;
  static final int VERSION_AT = 8;
  static final int KIND_AT = 12;
  static final int FILE_ID_AT = 16;
  static final int CHAIN_ID_AT = 24;
  static final int FIRST_AT = 40;
  static final int LAST_AT = 48;
  static final int PARENT_ID_AT = 56;
  static final int LAST_ID_AT = 72;
  static final int PAGE_SIZE_AT = 88;
  static final int CRC_AT = 124;

  /** Makes the header of a file that holds no difference. */
  public FileHeader(FileName name, Id chainId, Id parentId, Id lastId, int pageSize) {
    this(name, chainId, parentId, lastId, pageSize, VERSION);
  }

  /** Returns that of the same file in another format version. */
  public FileHeader withVersion(int other) {
    return new FileHeader(name, chainId, parentId, lastId, pageSize, other);
  }

  /** Tells whether addresses or frames of the file may be differences. */
  public boolean mayHaveDifferences() {
    return version >= DIFFERENCES_VERSION;
  }

  /** Writes the header's 128 bytes into the beginning of a segment. */
  void encode(MemorySegment s) {
    s.asSlice(0, LENGTH).fill((byte) 0);
    Bytes.put64(s, MAGIC_AT, MAGIC);
    Bytes.put32(s, VERSION_AT, version);
    Bytes.put32(s, KIND_AT, name.kind().code());
    Bytes.put64(s, FILE_ID_AT, name.fileId());
    putId(s, CHAIN_ID_AT, chainId);
    Bytes.put64(s, FIRST_AT, name.first());
    Bytes.put64(s, LAST_AT, name.last());
    putId(s, PARENT_ID_AT, parentId);
    putId(s, LAST_ID_AT, lastId);
    Bytes.put32(s, PAGE_SIZE_AT, pageSize);
    Bytes.put32(s, CRC_AT, new Crc().of(s, 0, CRC_AT));
  }

  /**
   * Reads a header.
   *
   * @param file name for errors
   * @throws RefusedException if it was written by a newer Cairn
   * @throws CorruptFileException if it is not a sound header
   */
  public static FileHeader decode(String file, MemorySegment s) throws StoreException {
    long magic = Bytes.get64(s, MAGIC_AT);
    if (magic != MAGIC) {
      throw new CorruptFileException(file, "magic of a Cairn file", 0, hex(MAGIC), hex(magic));
    }
    int version = Bytes.get32(s, VERSION_AT);
    int crc = new Crc().of(s, 0, CRC_AT);
    int storedCrc = Bytes.get32(s, CRC_AT);
    for (int ours = VERSION; ours <= NEWEST_VERSION; ours++) {
      if (version != ours && crcWith(s, ours) == storedCrc) {
        throw new CorruptFileException(file, "version", VERSION_AT, ours, version);
      }
    }
    if (Integer.compareUnsigned(version, NEWEST_VERSION) > 0) {
      // Not even the CRC's place is promised of another version's header.
      throw RefusedException.version(
          file, VERSION_AT, NEWEST_VERSION + " or less", Integer.toUnsignedString(version));
    }
    if (crc != storedCrc) {
      throw new CorruptFileException(
          file,
          "header CRC",
          CRC_AT,
          HexFormat.of().toHexDigits(storedCrc),
          HexFormat.of().toHexDigits(crc));
    }
    if (version < VERSION) {
      throw new CorruptFileException(
          file, "version", VERSION_AT, VERSION + ".." + NEWEST_VERSION, version);
    }
    int kindCode = Bytes.get32(s, KIND_AT);
    FileKind kind =
        FileKind.ofCode(kindCode)
            .orElseThrow(
                () ->
                    new RefusedException(
                        file
                            + ": file kind "
                            + Integer.toUnsignedString(kindCode)
                            + " is unknown to this Cairn; use a newer one"));
    long first = Bytes.get64(s, FIRST_AT);
    long last = Bytes.get64(s, LAST_AT);
    if (first < 0 || last < first || (kind == FileKind.BASE && first != last)) {
      throw new CorruptFileException(
          file, "range of checkpoints", FIRST_AT, "first ≤ last", first + ".." + last);
    }
    int pageSize = Bytes.get32(s, PAGE_SIZE_AT);
    if (!RamLayout.isPageSize(pageSize)) {
      throw new CorruptFileException(
          file, "page size", PAGE_SIZE_AT, "a power of two, 512 to 65536", pageSize);
    }
    return new FileHeader(
        new FileName(kind, first, last, Bytes.get64(s, FILE_ID_AT)),
        getId(s, CHAIN_ID_AT),
        getId(s, PARENT_ID_AT),
        getId(s, LAST_ID_AT),
        pageSize,
        version);
  }

  /** Returns the CRC that the header would have if nothing but its version had rotted. */
  private static int crcWith(MemorySegment s, int ours) {
    MemorySegment copy = MemorySegment.ofArray(new byte[LENGTH]).copyFrom(s.asSlice(0, LENGTH));
    Bytes.put32(copy, VERSION_AT, ours);
    return new Crc().of(copy, 0, CRC_AT);
  }

  static void putId(MemorySegment s, long offset, Id id) {
    Bytes.put64(s, offset, Long.reverseBytes(id.high()));
    Bytes.put64(s, offset + 8, Long.reverseBytes(id.low()));
  }

  static Id getId(MemorySegment s, long offset) {
    return new Id(
        Long.reverseBytes(Bytes.get64(s, offset)), Long.reverseBytes(Bytes.get64(s, offset + 8)));
  }

  private static String hex(long value) {
    return HexFormat.of().toHexDigits(value);
  }
}

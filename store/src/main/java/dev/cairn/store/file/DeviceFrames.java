package dev.cairn.store.file;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.RefusedException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/** Writes and reads the bytes of device-state sections in a file's body. */
public final class DeviceFrames {
  private static final int LEVEL = 3;

  /**
   * Most plain bytes for a byte of a zstd frame: a block has at least 4 bytes and stands for at
   * most 128 KiB (RFC 8878, 3.1.1.2).
   */
  static final long MOST_EXPANSION = 128 << 10 >> 2;

  private DeviceFrames() {}

  static StoredSection write(BodyWriter body, DeviceSection section) throws IOException {
    byte[] plain = section.content();
    byte[] compressed = Zstd.compress(plain, LEVEL);
    boolean smaller = compressed.length < plain.length;
    byte[] stored = smaller ? compressed : plain;
    long offset = body.frame(Address.STEP, MemorySegment.ofArray(stored));
    long address = Address.of(smaller ? Address.ZSTD : Address.PLAIN, 0, offset);
    return new StoredSection(
        section.name(), section.version(), section.crc(), plain.length, stored.length, address);
  }

  /**
   * Reads a section's bytes and checks them.
   *
   * @param file the file that its address names
   */
  public static DeviceSection read(OpenFile file, StoredSection section) throws IOException {
    byte[] plain = readPlain(file, section);
    return new DeviceSection(section.name(), section.version(), plain);
  }

  /**
   * Reads a section's bytes and checks them; makes no copy of them.
   *
   * @param file the file that its address names
   */
  public static byte[] readPlain(OpenFile file, StoredSection section) throws IOException {
    return check(file, section, stored(file, section));
  }

  /** Reads a section's bytes as they are stored, after checking what they decode to. */
  public static MemorySegment readStored(OpenFile file, StoredSection section) throws IOException {
    byte[] stored = stored(file, section);
    check(file, section, stored);
    return MemorySegment.ofArray(stored);
  }

  /**
   * Fails unless all sections of a point fit the memory of this process.
   *
   * @param where the file that lists the point, for errors
   */
  public static void requireMemory(OpenFile where, Point point) throws RefusedException {
    long needed = 0;
    for (StoredSection section : point.sections()) {
      // The plain bytes twice: DeviceSection takes a copy.
      needed += section.storedLength() + 2 * section.length();
    }
    requireMemory(where, "device state of point " + point.checkpoint(), needed);
  }

  private static void requireMemory(OpenFile where, String what, long needed)
      throws RefusedException {
    if (needed > Runtime.getRuntime().maxMemory() / 2) {
      throw new RefusedException(
          where.name()
              + ": "
              + what
              + ": needs "
              + needed
              + " bytes of memory; give the JVM more (-Xmx)");
    }
  }

  private static byte[] stored(OpenFile file, StoredSection section) throws IOException {
    long offset = Address.offset(section.address());
    file.requireBody(offset, section.storedLength());
    long needed = section.storedLength() + 2 * section.length();
    requireMemory(file, "device section " + section.name(), needed);
    requireLikely(file, section);
    byte[] stored = new byte[Math.toIntExact(section.storedLength())];
    file.readBody(offset, MemorySegment.ofArray(stored));
    return stored;
  }

  /** Fails if so few bytes cannot hold what they say: nothing is allocated on their word. */
  private static void requireLikely(OpenFile file, StoredSection section)
      throws CorruptFileException {
    boolean compressed = Address.kind(section.address()) == Address.ZSTD;
    long most = section.storedLength() * MOST_EXPANSION;
    if (compressed && section.length() > most) {
      throw new CorruptFileException(
          file.name(),
          "length of device section " + section.name(),
          Address.offset(section.address()),
          "≤ " + most + " of " + section.storedLength() + " bytes",
          section.length());
    }
  }

  private static byte[] check(OpenFile file, StoredSection section, byte[] stored)
      throws CorruptFileException {
    byte[] plain =
        Address.kind(section.address()) == Address.PLAIN ? stored : inflate(file, section, stored);
    int crc = new Crc().of(MemorySegment.ofArray(plain));
    if (crc != section.crc()) {
      throw new CorruptFileException(
          file.name(),
          "device section " + section.name(),
          Address.offset(section.address()),
          HexFormat.of().toHexDigits(section.crc()),
          HexFormat.of().toHexDigits(crc));
    }
    return plain;
  }

  private static byte[] inflate(OpenFile file, StoredSection section, byte[] stored)
      throws CorruptFileException {
    long offset = Address.offset(section.address());
    try {
      long length = Zstd.getFrameContentSize(stored); // of no frame: an error, in newer versions
      if (length != section.length()) {
        throw new CorruptFileException(
            file.name(),
            "length of device section " + section.name(),
            offset,
            section.length(),
            length);
      }
      return Zstd.decompress(stored, Math.toIntExact(length));
    } catch (ZstdException e) {
      throw new CorruptFileException(
          file.name(),
          "device section " + section.name(),
          offset,
          "a zstd frame",
          String.valueOf(e.getMessage()));
    }
  }
}

package dev.cairn.tests.crash;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What was written to a file and is left of it. Immutable; not thread-safe all the same. */
final class FileContent {
  static final int SECTOR = 512;
  static final FileContent EMPTY = new FileContent(List.of());

  private final List<Map.Entry<Long, MemorySegment>> pieces;
  private byte @Nullable [] digest;

  /**
   * @param pieces offset and bytes, in the order of writing
   */
  FileContent(List<Map.Entry<Long, MemorySegment>> pieces) {
    this.pieces = List.copyOf(pieces);
  }

  List<Map.Entry<Long, MemorySegment>> pieces() {
    return pieces;
  }

  /** Returns the same bytes for the same content, however it was written. */
  byte[] digest() {
    if (digest == null) {
      digest = digestOf(pieces);
    }
    return digest.clone();
  }

  private static byte[] digestOf(List<Map.Entry<Long, MemorySegment>> pieces) {
    TreeMap<Long, byte[]> sectors = new TreeMap<>();
    long length = 0;
    for (Map.Entry<Long, MemorySegment> piece : pieces) {
      long at = piece.getKey();
      MemorySegment data = piece.getValue();
      length = Math.max(length, at + data.byteSize());
      for (long done = 0; done < data.byteSize(); ) {
        long sector = (at + done) / SECTOR;
        int within = (int) ((at + done) % SECTOR);
        int count = (int) Math.min(SECTOR - within, data.byteSize() - done);
        byte[] bytes = sectors.computeIfAbsent(sector, _ -> new byte[SECTOR]);
        MemorySegment.copy(data, ValueLayout.JAVA_BYTE, done, bytes, within, count);
        done += count;
      }
    }
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(ByteBuffer.allocate(8).putLong(0, length));
      byte[] zero = new byte[SECTOR];
      for (Map.Entry<Long, byte[]> sector : sectors.entrySet()) {
        if (!Arrays.equals(sector.getValue(), zero)) {
          sha.update(ByteBuffer.allocate(8).putLong(0, sector.getKey()));
          sha.update(sector.getValue());
        }
      }
      return sha.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}

package dev.cairn.tools.demo;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The SHA-256 of each 4 MiB of a memory. Immutable.
 *
 * @param hex one for each region, in order
 */
public record RegionDigests(List<String> hex) {
  private static final long REGION_BYTES = 4 << 20;
  private static final long PIECE_BYTES = 1 << 20;

  public RegionDigests {
    hex = List.copyOf(hex);
  }

  /** Reads pieces of a memory, wherever it is. */
  @FunctionalInterface
  interface Pieces {
    /** Reads from an offset on, whole pages. */
    void read(long offset, MemorySegment into) throws IOException;
  }

  /** Reads all of a memory of this process. */
  static RegionDigests of(MemorySegment memory) throws IOException {
    return of(
        memory.byteSize(),
        (offset, into) -> MemorySegment.copy(memory, offset, into, 0, into.byteSize()));
  }

  /** Reads all of a memory. */
  static RegionDigests of(long lengthBytes, Pieces pieces) throws IOException {
    List<String> hex = new ArrayList<>();
    MessageDigest digest = sha256();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment piece = arena.allocate(PIECE_BYTES, 4096);
      for (long at = 0; at < lengthBytes; at += REGION_BYTES) {
        long end = Math.min(lengthBytes, at + REGION_BYTES);
        for (long from = at; from < end; from += PIECE_BYTES) {
          MemorySegment part = piece.asSlice(0, Math.min(PIECE_BYTES, end - from));
          pieces.read(from, part);
          digest.update(part.asByteBuffer());
        }
        hex.add(HexFormat.of().formatHex(digest.digest()));
      }
    }
    return new RegionDigests(hex);
  }

  void write(DataOutputStream out) throws IOException {
    out.writeInt(hex.size());
    for (String one : hex) {
      out.writeUTF(one);
    }
  }

  static RegionDigests read(DataInputStream in) throws IOException {
    int count = in.readInt();
    List<String> hex = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      hex.add(in.readUTF());
    }
    return new RegionDigests(hex);
  }

  /** Returns in how many regions two memories of one size differ. */
  int differences(RegionDigests other) {
    if (hex.size() != other.hex.size()) {
      return Math.max(hex.size(), other.hex.size());
    }
    int count = 0;
    for (int i = 0; i < hex.size(); i++) {
      count += hex.get(i).equals(other.hex.get(i)) ? 0 : 1;
    }
    return count;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}

package dev.cairn.store.file;

import dev.cairn.store.CorruptFileException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * CRC-32C of each MiB of a body, without the blocks that are all zeros. Layout: FORMAT.md, Block
 * checksums. Immutable once decoded; not thread-safe while it is made.
 */
public final class BlockSums {
  /** Bytes of a block. */
  public static final int BLOCK = 1 << 20;

  private static final int SHIFT = 20;
  private static final int RUN_LENGTH = 16;

  /**
   * Consecutive blocks that are not all zeros.
   *
   * @param first number of the first block
   * @param crcs one for each block
   */
  public record Run(long first, List<Integer> crcs) {}

  private final List<Run> runs = new ArrayList<>();

  BlockSums() {}

  /** Adds the next block that is not all zeros; numbers ascend. */
  void add(long block, int crc) {
    Run last = runs.isEmpty() ? null : runs.getLast();
    if (last == null || last.first + last.crcs.size() < block) {
      last = new Run(block, new ArrayList<>());
      runs.add(last);
    }
    if (last.first + last.crcs.size() != block) {
      throw new IllegalArgumentException("block " + block + " after " + last.first);
    }
    last.crcs.add(crc);
  }

  /** Returns the runs, ascending. */
  public List<Run> runs() {
    return List.copyOf(runs);
  }

  byte[] encode() {
    int blocks = runs.stream().mapToInt(run -> run.crcs.size()).sum();
    byte[] bytes = new byte[8 + RUN_LENGTH * runs.size() + 4 * blocks];
    MemorySegment s = MemorySegment.ofArray(bytes);
    Bytes.put32(s, 0, SHIFT);
    Bytes.put32(s, 4, runs.size());
    long at = 8;
    for (Run run : runs) {
      Bytes.put64(s, at, run.first);
      Bytes.put32(s, at + 8, run.crcs.size());
      at += RUN_LENGTH;
    }
    for (Run run : runs) {
      for (int crc : run.crcs) {
        Bytes.put32(s, at, crc);
        at += 4;
      }
    }
    return bytes;
  }

  /**
   * @param bodyLength bytes that the checksums cover
   */
  static BlockSums decode(Chunk chunk, long bodyLength) throws CorruptFileException {
    MemorySegment s = chunk.bytes();
    chunk.require(s.byteSize() >= 8, "length", 0, "≥ 8", s.byteSize());
    chunk.require(Bytes.get32(s, 0) == SHIFT, "block shift", 0, SHIFT, Bytes.get32(s, 0));
    long runCount = Bytes.getU32(s, 4);
    long crcAt = 8 + runCount * RUN_LENGTH;
    chunk.require(crcAt <= s.byteSize(), "runs", 4, "within the chunk", runCount);
    long end = (bodyLength + BLOCK - 1) >>> SHIFT;
    long previousEnd = -1;
    BlockSums sums = new BlockSums();
    for (long at = 8; at < 8 + runCount * RUN_LENGTH; at += RUN_LENGTH) {
      long first = Bytes.get64(s, at);
      long count = Bytes.getU32(s, at + 8);
      boolean inOrder = first > previousEnd && count >= 1 && first <= end && first + count <= end;
      chunk.require(inOrder, "run", at, "above " + previousEnd + ", below " + end, first);
      chunk.require(crcAt + 4 * count <= s.byteSize(), "checksums", at, "in the chunk", count);
      List<Integer> crcs = new ArrayList<>((int) count);
      for (long i = 0; i < count; i++, crcAt += 4) {
        crcs.add(Bytes.get32(s, crcAt));
      }
      sums.runs.add(new Run(first, crcs));
      previousEnd = first + count;
    }
    chunk.require(crcAt == s.byteSize(), "length", 0, crcAt, s.byteSize());
    return sums;
  }
}

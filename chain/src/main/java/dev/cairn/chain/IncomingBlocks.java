package dev.cairn.chain;

import dev.cairn.chain.IncomingFile.Range;
import dev.cairn.store.file.BlockSums;
import dev.cairn.store.file.OpenFile;
import java.io.IOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Which MiB blocks of a body are to come, each by its checksum, and which are here. Blocks of zeros
 * are not to come. Guarded by its file.
 */
final class IncomingBlocks {
  private final Map<Integer, Integer> sums = new HashMap<>();
  private final BitSet due = new BitSet();
  private final BitSet here = new BitSet();

  /** Where the body ends, bytes. */
  private long end;

  /** Takes the checksums from a file whose metadata are right. */
  void begin(OpenFile file) throws IOException {
    end = file.metadataOffset();
    for (BlockSums.Run run : file.sums().runs()) {
      int first = Math.toIntExact(run.first());
      due.set(first, first + run.crcs().size());
      for (int i = 0; i < run.crcs().size(); i++) {
        sums.put(first + i, run.crcs().get(i));
      }
    }
  }

  /** Forgets all: it begins anew. */
  void clear() {
    sums.clear();
    due.clear();
    here.clear();
    end = 0;
  }

  /** Returns the checksums by block. */
  Map<Integer, Integer> sums() {
    return sums;
  }

  /** A block is here, and its checksum holds. */
  void put(long block) {
    here.set((int) block);
  }

  boolean isHere(long block) {
    return here.get((int) block);
  }

  /** Tells whether a block is to come and is not here. */
  boolean isMissing(long block) {
    return due.get((int) block) && !here.get((int) block);
  }

  /** Returns the first block from a number on that is missing, or -1. */
  long nextMissing(long from) {
    int block = due.nextSetBit((int) from);
    while (block >= 0 && here.get(block)) {
      block = due.nextSetBit(block + 1);
    }
    return block;
  }

  /** Tells whether bytes of the body are here. */
  boolean has(long offset, long length) {
    long last = (offset + Math.max(1, length) - 1) / BlockSums.BLOCK;
    for (long block = offset / BlockSums.BLOCK; block <= last; block++) {
      if (isMissing(block)) {
        return false;
      }
    }
    return true;
  }

  /** Returns where a block lies. */
  Range range(long block) {
    long offset = block * BlockSums.BLOCK;
    return new Range(offset, (int) Math.min(BlockSums.BLOCK, end - offset));
  }

  long bytesHere() {
    return bytes(here);
  }

  long bytesDue() {
    return bytes(due);
  }

  /** The last block may be a short one. */
  private long bytes(BitSet blocks) {
    long all = (long) blocks.cardinality() * BlockSums.BLOCK;
    int last = (int) Math.max(0, (end - 1) / BlockSums.BLOCK);
    return blocks.get(last) ? all - BlockSums.BLOCK + range(last).length() : all;
  }
}

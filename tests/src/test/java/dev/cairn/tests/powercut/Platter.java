package dev.cairn.tests.powercut;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What is on the disk after a power cut. Asked for cuts in the order of the log. One thread. */
final class Platter {
  /** Where an ext4 has its superblock, bytes from, and to. */
  private static final int SUPERBLOCK = 1024;

  private static final int SUPERBLOCK_END = 2048;

  private final List<BlockLog.Request> log;
  private final byte[] durable;
  private final int flushesBack;
  private int durableTo;

  /**
   * @param flushesBack 1: what was written before the last flush is durable; 2: before the last but
   *     one
   */
  Platter(BlockLog disk, int flushesBack) {
    this.log = disk.requests();
    this.durable = disk.before();
    this.flushesBack = flushesBack;
  }

  byte[] after(Cut cut) {
    int flushed = flushedBefore(cut.at());
    for (; durableTo < flushed; durableTo++) {
      if (log.get(durableTo) instanceof BlockLog.Request.Write write) {
        put(durable, write, 0, write.length());
      }
    }
    byte[] image = durable.clone();
    Random random = new Random(cut.seed());
    for (BlockLog.Request request : log.subList(flushed, cut.at())) {
      if (request instanceof BlockLog.Request.Write write) {
        maybe(image, write, cut.luck(), random);
      }
    }
    return image;
  }

  private int flushedBefore(int at) {
    int flushes = 0;
    for (int i = at - 1; i >= 0; i--) {
      if (log.get(i) instanceof BlockLog.Request.Flush && ++flushes == flushesBack) {
        return i;
      }
    }
    return 0;
  }

  private static void maybe(
      byte[] image, BlockLog.Request.Write write, Cut.Luck luck, Random random) {
    int length = write.length();
    switch (luck) {
      case NOTHING -> {}
      case ALL -> put(image, write, 0, length);
      case SOME -> {
        if (random.nextBoolean()) {
          put(image, write, 0, length);
        }
      }
      case TORN_512 -> tear(image, write, 512, random);
      case TORN_4096 -> tear(image, write, 4096, random);
    }
  }

  /**
   * Keeps nothing, all, or each sector or not. The superblock stays whole, old or new: with half of
   * it an ext4 cannot be mounted, whoever wrote what upon it.
   */
  private static void tear(byte[] image, BlockLog.Request.Write write, int sector, Random random) {
    byte[] superblock = Arrays.copyOfRange(image, SUPERBLOCK, SUPERBLOCK_END);
    int kept = random.nextInt(4);
    for (int at = 0; at < write.length(); at += sector) {
      if (kept == 1 || (kept > 1 && random.nextBoolean())) {
        put(image, write, at, Math.min(sector, write.length() - at));
      }
    }
    if (kept > 1 && write.offset() < SUPERBLOCK_END && SUPERBLOCK < end(write)) {
      System.arraycopy(superblock, 0, image, SUPERBLOCK, superblock.length);
      if (write.offset() <= SUPERBLOCK && SUPERBLOCK_END <= end(write) && random.nextBoolean()) {
        put(image, write, SUPERBLOCK - write.offset(), superblock.length);
      }
    }
  }

  private static int end(BlockLog.Request.Write write) {
    return write.offset() + write.length();
  }

  private static void put(byte[] image, BlockLog.Request.Write write, int from, int length) {
    MemorySegment into = MemorySegment.ofArray(image);
    MemorySegment.copy(write.data(), from, into, write.offset() + from, length);
  }
}

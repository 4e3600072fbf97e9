package dev.cairn.store.io;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Owns the entries, contents and flocks of an in-memory file system, and its faults. Its monitor
 * guards everything in it, so every operation of every process is one step.
 */
final class MemoryFileSystem {
  static final int BLOCK_BYTES = 4096;

  /** What a name may stand for. */
  sealed interface Node {}

  /** A directory's entries. */
  record Folder(TreeMap<String, Node> entries) implements Node {
    Folder() {
      this(new TreeMap<>());
    }
  }

  /** The content that hard links share; blocks that were never written are absent. */
  static final class File implements Node {
    final Map<Long, byte[]> blocks = new HashMap<>();
    long lengthBytes;
    int references; // names and open handles: at none, its blocks are free
    @Nullable Holder flock;
  }

  /** One holder of a flock, as an open file description is. */
  static final class Holder {}

  final Folder root = new Folder();
  private long capacityBytes = Long.MAX_VALUE;
  private long usedBytes;
  private long mutationCount;
  private long failAtCount = -1;

  /** Counts the names that a file has in a folder and those below. */
  static int names(Folder folder, File file) {
    int names = 0;
    for (Node node : folder.entries().values()) {
      names += node == file ? 1 : node instanceof Folder below ? names(below, file) : 0;
    }
    return names;
  }

  /** Counts one mutating call, and fails instead if its turn has come. */
  synchronized void mutate(String what) throws IOException {
    mutationCount++;
    if (mutationCount == failAtCount) {
      throw new IOException(what + ": injected failure of mutating call " + mutationCount);
    }
  }

  synchronized long mutationCount() {
    return mutationCount;
  }

  synchronized void failAt(long callsFromNow) {
    failAtCount = callsFromNow <= 0 ? -1 : mutationCount + callsFromNow;
  }

  synchronized void setCapacityBytes(long bytes) {
    capacityBytes = bytes;
  }

  synchronized long usableBytes() {
    return Math.max(0, capacityBytes - usedBytes);
  }

  /** Returns the block that holds an offset, new and zero if need be. */
  synchronized byte[] blockForWriting(File file, long offset, String path) throws IOException {
    long number = offset / BLOCK_BYTES;
    byte[] block = file.blocks.get(number);
    if (block == null) {
      if (usableBytes() < BLOCK_BYTES) {
        throw new IOException(path + ": write at offset " + offset + ": no space left on device");
      }
      block = new byte[BLOCK_BYTES];
      file.blocks.put(number, block);
      usedBytes += BLOCK_BYTES;
    }
    return block;
  }

  synchronized void acquire(File file) {
    file.references++;
  }

  synchronized void release(File file) {
    file.references--;
    if (file.references == 0) {
      usedBytes -= (long) file.blocks.size() * BLOCK_BYTES;
      file.blocks.clear();
    }
  }

  synchronized void unlock(File file, Holder holder) {
    if (file.flock == holder) {
      file.flock = null;
      notifyAll();
    }
  }
}

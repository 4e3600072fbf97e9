package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.file.BlockSums;
import dev.cairn.store.file.Bytes;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Copies whole files: every byte is checked on the way, holes stay holes. Not thread-safe. */
final class FileCopier {
  private static final int UNIT = 4096;

  private final Progress progress;
  private final long totalBytes;
  private long doneBytes;

  /**
   * @param totalBytes of all files that will be copied, for progress
   */
  FileCopier(Progress progress, long totalBytes) {
    this.progress = progress;
    this.totalBytes = totalBytes;
  }

  /**
   * Copies a file and syncs it.
   *
   * @param entry what a manifest says of it
   * @param targetName a name that does not exist in the target
   * @return what was written; the file is locked until it is closed
   */
  StoreOutput copy(OpenFile file, FileEntry entry, StoreDirectory target, String targetName)
      throws IOException {
    FileRules.checkMetadata(entry, file);
    StoreOutput out = target.create(targetName);
    boolean done = false;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment block = arena.allocate(BlockSums.BLOCK, UNIT);
      for (BlockSums.Run run : file.sums().runs()) {
        for (int i = 0; i < run.crcs().size(); i++) {
          copyBlock(file, run.first() + i, run.crcs().get(i), block, out);
        }
      }
      for (long at = file.metadataOffset(); at < file.length(); ) {
        MemorySegment part = block.asSlice(0, Math.min(BlockSums.BLOCK, file.length() - at));
        file.readRaw(at, part);
        out.write(at, part);
        at += part.byteSize();
        advance(part.byteSize());
      }
      out.sync();
      // Body blocks are checked in the buffer they are written from; of metadata, what was written.
      try (OpenFile copy = OpenFile.open(entry.name(), target.open(targetName))) {
        FileRules.checkMetadata(entry, copy);
      }
      done = true;
      return out;
    } finally {
      if (!done) {
        try (out) {
          target.delete(targetName); // while its flock is held, so that nobody else does
        }
      }
    }
  }

  private void copyBlock(
      OpenFile file, long number, int expected, MemorySegment block, StoreOutput out)
      throws IOException {
    long offset = number * BlockSums.BLOCK;
    MemorySegment part = file.readBlock(number, expected, block);
    long size = part.byteSize();
    for (long from = 0; from < size; ) {
      long to = Math.min(size, from + UNIT);
      if (Bytes.isZero(part.asSlice(from, to - from))) {
        from = to;
        continue;
      }
      while (to < size && !Bytes.isZero(part.asSlice(to, Math.min(UNIT, size - to)))) {
        to = Math.min(size, to + UNIT);
      }
      out.write(offset + from, part.asSlice(from, to - from));
      from = to;
    }
    advance(size);
  }

  private void advance(long bytes) {
    doneBytes += bytes;
    progress.at(Math.min(doneBytes, totalBytes), totalBytes);
  }
}

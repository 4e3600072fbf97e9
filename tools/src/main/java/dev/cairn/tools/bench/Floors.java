package dev.cairn.tools.bench;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What a file system takes for the bare minimum. */
final class Floors {
  /** A checkpoint syncs its file, the directory, and the manifest. */
  static final int EMPTY_FILES = 3;

  private static final int STEP_BYTES = 1 << 20;

  private Floors() {}

  /** Writes a new file from front to back, again and again the same memory, and syncs it. */
  static void write(Path file, MemorySegment memory, long bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (long at = 0; at < bytes; ) {
        long from = at % memory.byteSize();
        long length = Math.min(Math.min(STEP_BYTES, memory.byteSize() - from), bytes - at);
        at += channel.write(memory.asSlice(from, length).asByteBuffer(), at);
      }
      channel.force(true);
    }
  }

  /** Takes the time of syncs of three empty files, nanoseconds. */
  static long emptyFiles(Workbench bench) throws IOException {
    long nanos = 0;
    for (int i = 0; i < EMPTY_FILES; i++) {
      Path file = bench.file("empty-" + i);
      nanos += Timing.of(() -> sync(file));
    }
    for (int i = 0; i < EMPTY_FILES; i++) {
      Files.delete(bench.file("empty-" + i));
    }
    return nanos;
  }

  /**
   * Has the file system end what it began: it discards what was deleted with its next commit, which
   * else is somebody's fsync that is measured.
   */
  static void settle(Workbench bench) throws IOException {
    Path file = bench.file("settle");
    sync(file);
    Files.delete(file);
  }

  private static void sync(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }
}

package dev.cairn.tests;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;

/** Fills a small file system but for so many pages, or but for so many files. Not thread-safe. */
final class Ballast {
  private static final int PAGE = 4096;
  private static final int MOST_FILES = 100_000;

  private final Path directory;
  private final boolean files;
  private final Deque<Path> made = new ArrayDeque<>();

  /**
   * Prepares it.
   *
   * @param directory on the file system
   * @param files whether it is files that run out, and not bytes
   */
  Ballast(Path directory, boolean files) {
    this.directory = directory;
    this.files = files;
  }

  /** Leaves room for so many pages or files. */
  void leave(int free) throws IOException {
    release();
    if (files) {
      try {
        while (made.size() < MOST_FILES) {
          made.push(Files.createFile(directory.resolve("ballast-" + made.size())));
        }
        throw new IllegalStateException(directory + " takes any number of files");
      } catch (IOException e) {
        // full
      }
      for (int i = 0; i < free && !made.isEmpty(); i++) {
        Files.delete(made.pop());
      }
    } else {
      Path file = directory.resolve("ballast");
      made.push(file);
      try (FileChannel out =
          FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        try {
          while (true) {
            out.write(ByteBuffer.allocate(PAGE), out.size());
          }
        } catch (IOException e) {
          // full
        }
        out.truncate(Math.max(0, out.size() / PAGE - free) * PAGE);
      }
    }
  }

  /** Frees everything. */
  void release() throws IOException {
    while (!made.isEmpty()) {
      Files.delete(made.pop());
    }
  }
}

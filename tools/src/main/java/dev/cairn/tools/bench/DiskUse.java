package dev.cairn.tools.bench;

import dev.cairn.tools.linux.SparseFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/** What files take on disk. */
final class DiskUse {
  private DiskUse() {}

  /** Returns the allocated bytes of a file, or of all files below a directory. */
  static long bytes(Path path) throws IOException {
    long bytes = 0;
    try (Stream<Path> tree = Files.walk(path)) {
      for (Path file : tree.filter(Files::isRegularFile).toList()) {
        try (SparseFile open = SparseFile.open(file)) {
          bytes += open.allocatedBytes();
        }
      }
    }
    return bytes;
  }

  /** Makes a file durable. */
  static void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }
}

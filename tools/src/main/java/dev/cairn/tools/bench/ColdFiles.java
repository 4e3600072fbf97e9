package dev.cairn.tools.bench;

import dev.cairn.tools.linux.SparseFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Times works on files that are on disk and not in memory. Whether they came from the disk is read
 * off what the kernel counts for this process: a file system in memory, or a kernel that does not
 * count, gives no row. What the disk, or a host below this machine, keeps in its own memory is
 * beyond reach. Not thread-safe.
 */
final class ColdFiles {
  private static final Path COUNTERS = Path.of("/proc/self/io");
  private static final String FIELD = "read_bytes:";

  private boolean cold = true;

  /**
   * Takes the time of an action after the files have left the page cache.
   *
   * @param files durable; of directories all files below them
   * @param leastBytes that the action reads of them
   */
  long time(List<Path> files, long leastBytes, Timing.Action action) throws IOException {
    for (Path path : files) {
      try (Stream<Path> tree = Files.walk(path)) {
        for (Path file : tree.filter(Files::isRegularFile).toList()) {
          drop(file);
        }
      }
    }
    long before = fromDisk();
    long nanos = Timing.of(action);
    cold &= fromDisk() - before >= leastBytes;
    return nanos;
  }

  /** Tells whether each action found its files on disk alone. */
  boolean wereCold() {
    return cold;
  }

  private static void drop(Path file) throws IOException {
    try (SparseFile open = SparseFile.open(file)) {
      open.dropCached();
    }
  }

  private static long fromDisk() throws IOException {
    if (!Files.isReadable(COUNTERS)) {
      return 0;
    }
    return Files.readAllLines(COUNTERS, StandardCharsets.UTF_8).stream()
        .filter(line -> line.startsWith(FIELD))
        .mapToLong(line -> Long.parseLong(line.substring(FIELD.length()).strip()))
        .sum();
  }
}

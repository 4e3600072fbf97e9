package dev.cairn.tests.kill;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A directory for a store: in memory, if there is such a place, as a killed process takes nothing
 * from the page cache. Closing it deletes it. Immutable.
 */
record KillPlace(Path path) implements Closeable {
  /**
   * Makes one.
   *
   * @param otherwise where, if there is no place in memory
   */
  static KillPlace in(Path otherwise) throws IOException {
    Path memory = Path.of("/dev/shm");
    Path where = Files.isWritable(memory) ? memory : otherwise;
    return new KillPlace(Files.createTempDirectory(where, "cairn-kill"));
  }

  static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Override
  public void close() throws IOException {
    delete(path);
  }
}

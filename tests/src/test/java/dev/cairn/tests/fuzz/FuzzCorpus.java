package dev.cairn.tests.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The inputs that are kept in the repository: {@code seed-*} are sound and accepted, of {@code
 * edited-*} some fields are changed after each mutation, the others were found or are known to be
 * hostile.
 */
final class FuzzCorpus {
  private static final Path HOME = Path.of("src/test/resources/fuzz");

  private FuzzCorpus() {}

  static Path directory(FuzzTarget target) {
    return HOME.resolve(target.name()).toAbsolutePath();
  }

  /** Returns each input by its name. */
  static SortedMap<String, byte[]> inputs(FuzzTarget target) throws IOException {
    SortedMap<String, byte[]> inputs = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory(target))) {
      for (Path file : files.toList()) {
        inputs.put(String.valueOf(file.getFileName()), Files.readAllBytes(file));
      }
    }
    return inputs;
  }

  static boolean isSeed(String name) {
    return name.startsWith("seed-");
  }

  /** Reads the seeds, whatever comes of it. */
  static void warmUp(FuzzTarget target) throws IOException {
    for (Map.Entry<String, byte[]> input : inputs(target).entrySet()) {
      if (isSeed(input.getKey())) {
        target.read(input.getValue());
      }
    }
  }
}

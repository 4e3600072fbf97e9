package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Store;
import dev.cairn.store.io.FileSystemDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Looks for what commands that failed or died have left in a store. */
public final class Leftovers {
  private Leftovers() {}

  /** Returns the names of temporary files and of chains half made. */
  public static List<String> temporary(Path store) throws IOException {
    try (Stream<Path> files = Files.walk(store)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".tmp") || name.startsWith("."))
          .toList();
    }
  }

  /** Checks that there are none, and in no chain a file that its manifest does not name. */
  public static void requireNone(Path store) throws IOException {
    assertEquals(List.of(), temporary(store));
    Environment environment =
        new Environment(Clock.systemUTC(), new Random(), Duration.ofSeconds(5));
    try (Store opened = Store.open(FileSystemDirectory.open(store), environment)) {
      for (String name : opened.chainNames()) {
        try (Chain chain = opened.open(name)) {
          assertEquals(List.of(), chain.sweep(), name);
        }
      }
    }
  }
}

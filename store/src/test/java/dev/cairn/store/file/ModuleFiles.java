package dev.cairn.store.file;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Finds this module's own sources, whether tests run in it or above it. */
final class ModuleFiles {
  private ModuleFiles() {}

  static Path of(String path) {
    for (String module : List.of("store", ".", "../store")) {
      if (Files.isRegularFile(Path.of(module, "src/main/java/dev/cairn/store/file/Region.java"))) {
        return Path.of(module, path);
      }
    }
    throw new AssertionError("no module store near " + Path.of("").toAbsolutePath());
  }
}

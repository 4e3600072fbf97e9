package dev.cairn.chain.catalog;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is missing or spoilt, the database can be used or says that it is damaged. */
final class CatalogDbTest {
  private final Path directory;

  CatalogDbTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private static byte[] key(int i) {
    return ("key" + i).getBytes(StandardCharsets.US_ASCII);
  }

  private Path make(String name) throws IOException {
    Path path = directory.resolve(name);
    for (int session = 0; session < 2; session++) {
      try (CatalogDb db = CatalogDb.open(path.toString());
          CatalogDb.Change change = db.change(key(0))) {
        for (int i = 1; i < 100; i++) {
          change.put(key(100 * session + i), new byte[100]);
        }
        change.commit(Optional.of(key(session)));
      }
    }
    return path;
  }

  private static List<Path> files(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.sorted().toList();
    }
  }

  private enum Harm {
    MISSING,
    EMPTY,
    GARBAGE
  }

  private static void harm(Path file, Harm harm) throws IOException {
    switch (harm) {
      case MISSING -> Files.delete(file);
      case EMPTY -> Files.write(file, new byte[0]);
      case GARBAGE -> Files.writeString(file, "MANIFEST-000999\n");
    }
  }

  @Test
  void missingAndSpoiltFilesAreDamageAndNoFailureOfThePlace() throws IOException {
    int files = files(make("sound")).size();
    int damaged = 0;
    for (Harm harm : Harm.values()) {
      for (int i = 0; i < files; i++) {
        Path path = make(harm + "-" + i);
        harm(files(path).get(i), harm);
        try (CatalogDb db = CatalogDb.open(path.toString())) {
          db.scan(new byte[][] {{0}, {(byte) 0xff}}, (key, value) -> {});
        } catch (CatalogDamagedException e) {
          damaged++;
        }
      }
    }
    assertTrue(damaged > 4, damaged + " of " + 3 * files);
  }
}

package dev.cairn.tests.kill;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;

/** Leaves what processes that died leave, so that there is something to sweep. Not thread-safe. */
final class Litter {
  private final Path chains;
  private final Random random;

  Litter(Path store, Random random) {
    this.chains = store.resolve("chains");
    this.random = random;
  }

  /** Files of a writer that died before its rename, and after it. */
  void leaveFiles() throws IOException {
    Path chain = chains.resolve(StoreCheck.CHAIN);
    for (String ending : new String[] {".tmp", ".layer", ".pages"}) {
      Files.write(chain.resolve("%012d-%012d-%s%s".formatted(0, 0, id(16), ending)), new byte[100]);
    }
  }

  /** The directory of one who died while it made a chain. */
  void leaveStage() throws IOException {
    Path stage = Files.createDirectory(chains.resolve(".dead-" + id(8)));
    Files.createFile(stage.resolve("LOCK"));
    Files.write(stage.resolve("%012d-%012d-%s.layer".formatted(0, 0, id(16))), new byte[100]);
  }

  private String id(int digits) {
    return HexFormat.of().toHexDigits(random.nextLong(), digits);
  }
}

package dev.cairn.tests;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A store with a chain {@code vm} of the four vectors, labelled t0 to t3. */
public final class VectorStore {
  private final Path directory;
  private final Path store;
  private final Cli cli;

  public VectorStore(Path directory) throws IOException, InterruptedException {
    this.directory = directory;
    store = directory.resolve("store");
    cli = new Cli(store);
    cli.run(0, "init");
    for (int n = 0; n < Vectors.COUNT; n++) {
      Vectors.unpack(n, directory);
      checkpoint(n, "t" + n);
    }
  }

  /** Returns where the store is. */
  public Path path() {
    return store;
  }

  /** Returns the command line on it. */
  public Cli cli() {
    return cli;
  }

  void checkpoint(int vector, String label) {
    String image = "mapped-ram:" + directory.resolve("bare64-" + vector + ".mr");
    cli.run(0, "checkpoint", "vm", "--from", image, "--label", label);
  }

  /** Restores a point out of a store and compares it with a vector. */
  void check(Cli from, String point, int vector) throws IOException {
    Path restored = directory.resolve("restored.mr");
    Files.deleteIfExists(restored);
    from.run(0, "restore", point, "--to", "mapped-ram:" + restored);
    Vectors.check(vector, restored);
  }

  /** Returns the file that was written at a checkpoint. */
  public Path file(int checkpoint) throws IOException {
    String prefix = String.format("%012d-", checkpoint);
    try (Stream<Path> files = Files.list(store.resolve("chains/vm"))) {
      List<Path> found =
          files.filter(f -> f.getFileName().toString().startsWith(prefix)).sorted().toList();
      return found.getFirst();
    }
  }

  /** Flips a bit in the middle of a file: in page data. */
  public static void flip(Path file) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      long offset = bytes.length() / 2;
      bytes.seek(offset);
      int old = bytes.read();
      bytes.seek(offset);
      bytes.write(old ^ 4);
    }
  }
}

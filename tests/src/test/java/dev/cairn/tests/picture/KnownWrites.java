package dev.cairn.tests.picture;

import dev.cairn.tests.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/**
 * A store with a chain of which every write is known. Not thread-safe.
 *
 * <p>Block {@code ram} has 8 pages, {@link #ROM} 2. Point 0: pages 0 and 1. Point 1: page 0 anew,
 * page 4 for the first time. Point 2: page 1 becomes zero. Point 3: page 0 anew, and {@link #ROM}
 * has one page less.
 */
final class KnownWrites {
  static final int PAGE = 4096;

  /** A name as a page must not take it for markup. */
  static final String ROM = "rom<b>&";

  private final Cli cairn;
  private final Path image;
  private final byte[] ram = new byte[8 * PAGE];
  private final Random random = new Random(8);

  KnownWrites(Path directory) throws IOException {
    cairn = new Cli(directory.resolve("store"));
    image = directory.resolve("image");
    cairn.run(0, "init");
    write(0);
    write(1);
    point(2, "start");
    write(0);
    write(4);
    point(2, "");
    Arrays.fill(ram, PAGE, 2 * PAGE, (byte) 0);
    point(2, "");
    write(0);
    point(1, "end");
  }

  Cli cairn() {
    return cairn;
  }

  private void write(int page) {
    byte[] content = new byte[PAGE];
    random.nextBytes(content);
    System.arraycopy(content, 0, ram, page * PAGE, PAGE);
  }

  private void point(int romPages, String label) throws IOException {
    Files.write(image, Arrays.copyOf(ram, ram.length + romPages * PAGE));
    String[] command = {
      "checkpoint",
      "vm",
      "--from",
      "raw:" + image,
      "--block",
      "ram=" + 8 * PAGE,
      "--block",
      ROM + "=" + romPages * PAGE
    };
    String[] labelled = Arrays.copyOf(command, command.length + 2);
    labelled[command.length] = "--label";
    labelled[command.length + 1] = label;
    cairn.run(0, label.isEmpty() ? command : labelled);
  }
}

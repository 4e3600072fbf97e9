package dev.cairn.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * Uses a store of which something may not be read or written. Started as somebody whom permissions
 * bind. Its argument: a directory.
 */
final class NoPermissionMain {
  private static final String DENIED = "permission denied";

  private final Path directory;
  private final Path store;
  private final KnownStore known;

  private NoPermissionMain(Path directory) {
    this.directory = directory;
    this.store = directory.resolve("store");
    this.known = new KnownStore(store, directory);
  }

  public static void main(String[] arguments) throws IOException {
    new NoPermissionMain(Path.of(arguments[0])).run();
  }

  /** A command or two, while something may not be used. */
  @FunctionalInterface
  private interface Use {
    void run() throws IOException;
  }

  private void with(Path file, String permissions, Use use) throws IOException {
    var before = Files.getPosixFilePermissions(file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    try {
      use.run();
    } finally {
      Files.setPosixFilePermissions(file, before);
    }
    known.nothingIsLost();
  }

  private void run() throws IOException {
    known.checkpoint("vm");
    known.checkpoint("vm");
    Path chain = store.resolve("chains").resolve("vm");
    List<String> checkpoint = known.nextCheckpoint("vm");
    List<String> list = List.of("list", "vm");
    with(store, "---------", () -> known.refused(1, list, store.toString(), DENIED));
    with(
        chain,
        "---------",
        () -> {
          known.refused(1, list, chain.toString(), DENIED);
          known.refused(1, checkpoint, chain.toString(), DENIED);
        });
    with(chain.resolve("MANIFEST"), "---------", () -> known.refused(1, list, "MANIFEST", DENIED));
    with(
        chain,
        "r-x------",
        () -> {
          known.nothingIsLost();
          known.refused(1, checkpoint, chain.toString(), DENIED);
          known.refused(1, List.of("compact", "vm"), chain.toString(), DENIED);
          known.refused(1, List.of("pin", "vm@1"), chain.toString(), DENIED);
        });
    Path chains = store.resolve("chains");
    with(
        chains,
        "r-x------",
        () -> known.refused(1, List.of("fork", "vm@1", "side"), chains.toString(), DENIED));
    Path image = directory.resolve("image-vm");
    with(image, "---------", () -> known.refused(1, checkpoint, image.toString(), DENIED));
    Path other = Files.createDirectory(directory.resolve("other"));
    Path target = other.resolve("out");
    with(
        other,
        "r-x------",
        () -> {
          known.refused(
              1, List.of("restore", "vm", "--to", "raw:" + target), other.toString(), DENIED);
          Path second = other.resolve("store");
          KnownStore.requireRefusal(
              1, List.of("init"), new Cli(second).attempt("init"), second.toString(), DENIED);
        });
    known.checkpoint("vm");
    known.nothingIsLost();
  }
}

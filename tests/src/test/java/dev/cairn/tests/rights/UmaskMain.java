package dev.cairn.tests.rights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Cli;
import dev.cairn.tests.KnownStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs every command that makes something, and looks at the permissions of all that is there after
 * each. Started with an umask. Its argument: a directory.
 */
final class UmaskMain {
  private final Path store;
  private final KnownStore known;
  private int looks;

  private UmaskMain(Path directory) {
    this.store = directory.resolve("store");
    this.known = new KnownStore(store, directory);
  }

  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    UmaskMain main = new UmaskMain(directory);
    main.requirePrivate(main.store);
    main.run(directory);
    System.out.println("umask: " + main.looks + " files and directories looked at");
  }

  private void run(Path directory) throws IOException {
    for (int i = 0; i < 4; i++) {
      known.checkpoint("vm");
      requirePrivate(store);
    }
    Path other = directory.resolve("other");
    new Cli(other).run(0, "init");
    for (List<String> command :
        List.of(
            List.of("reindex"),
            List.of("merge", "vm"),
            List.of("compact", "vm"),
            List.of("forget", "vm", "--keep-last", "2"),
            List.of("compact", "vm"),
            List.of("label", "vm@3", "x"),
            List.of("pin", "vm@3"),
            List.of("fork", "vm@3", "side"),
            List.of("copy", "vm", "--to", other.toString()),
            List.of("list", "--label", "x"),
            List.of("restore", "vm", "--to", "raw:" + store.resolve("restored")))) {
      known.cairn().run(0, command.toArray(String[]::new));
      requirePrivate(store);
      requirePrivate(other);
    }
    for (int i = 0; i < 2; i++) {
      known.checkpoint("vm");
    }
    spoil();
    known.cairn().run(0, "repair", "vm");
    assertTrue(Files.isDirectory(store.resolve("chains/vm/damaged")));
    requirePrivate(store);
  }

  private void spoil() throws IOException {
    try (Stream<Path> files = Files.list(store.resolve("chains/vm"))) {
      Files.delete(
          files.filter(file -> file.toString().endsWith(".layer")).sorted().toList().getLast());
    }
  }

  private void requirePrivate(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.toList()) {
        String wanted =
            Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS) ? "rwx------" : "rw-------";
        String found =
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS));
        assertEquals(wanted, found, file.toString());
        looks++;
      }
    }
  }
}

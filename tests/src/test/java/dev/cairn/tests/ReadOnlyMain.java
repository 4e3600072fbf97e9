package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Reads a store on a read-only file system, and tries to write into it. Started among private
 * mounts only. Its argument: a directory.
 */
final class ReadOnlyMain {
  private ReadOnlyMain() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path directory = Path.of(arguments[0]);
    Path disk = Files.createDirectory(directory.resolve("disk"));
    mount("-t", "tmpfs", "-o", "size=32m", "tmpfs", disk.toString());
    KnownStore known = new KnownStore(disk.resolve("store"), directory);
    for (int i = 0; i < 5; i++) {
      known.checkpoint("vm");
      known.checkpoint("broken");
    }
    known.points("broken").clear();
    known.cairn().run(0, "reindex");
    known.checkpoint("vm");
    known.cairn().run(0, "label", "vm@3", "three");
    deleteALayer(disk.resolve("store").resolve("chains").resolve("broken"));
    mount("-o", "remount,ro", disk.toString());
    reading(known);
    writing(known, disk);
    mount("-o", "remount,rw", disk.toString());
    known.checkpoint("vm");
    known.cairn().run(0, "verify", "vm");
    for (long point : known.points("vm")) {
      known.restore("vm", point);
    }
  }

  private static void mount(String... arguments) throws InterruptedException {
    List<String> command = Stream.concat(Stream.of("mount"), Stream.of(arguments)).toList();
    assertEquals(0, PrivateMounts.exit(command), () -> command.toString());
  }

  private static void deleteALayer(Path chain) throws IOException {
    try (Stream<Path> files = Files.list(chain)) {
      Files.delete(
          files.filter(file -> file.toString().endsWith(".layer")).sorted().toList().get(1));
    }
  }

  private static void reading(KnownStore known) throws IOException {
    for (List<String> command :
        List.of(
            List.of("list", "vm"),
            List.of("show", "vm@2"),
            List.of("diff", "vm@1", "vm@3"),
            List.of("stats", "vm"),
            List.of("heatmap", "vm"),
            List.of("verify", "vm"),
            List.of("merge", "vm", "--dry-run"),
            List.of("forget", "vm", "--keep-last", "1", "--dry-run"))) {
      Cli.Said said = known.cairn().run(0, command.toArray(String[]::new));
      assertEquals("", said.errors(), () -> command.toString());
    }
    Cli.Said all = known.cairn().run(0, "list", "--label", "three");
    assertEquals(1, all.out().lines().filter(line -> line.endsWith(" three")).count(), all.out());
    for (long point : known.points("vm")) {
      known.restore("vm", point);
    }
    for (String command : List.of("list", "stats", "show")) {
      known.refused(4, List.of(command, "broken"), ".layer", "no such file");
    }
    known.cairn().run(4, "verify", "broken");
    known.cairn().run(4, "verify");
  }

  private static void writing(KnownStore known, Path disk) throws IOException {
    List<String> checkpoint = known.nextCheckpoint("vm");
    for (List<String> command :
        List.of(
            checkpoint,
            List.of("checkpoint", "new", "--from", checkpoint.getLast()),
            List.of("merge", "vm"),
            List.of("compact", "vm"),
            List.of("forget", "vm", "--keep-last", "1"),
            List.of("pin", "vm@3"),
            List.of("label", "vm@3", "drei"),
            List.of("fork", "vm@3", "side"),
            List.of("restore", "vm", "--to", "raw:" + disk.resolve("out")))) {
      known.refused(1, command, disk.toString(), "read-only file system");
    }
    Cli.Said reindex = known.cairn().attempt("reindex");
    KnownStore.requireRefusal(1, List.of("reindex"), reindex, disk.toString());
    Cli second = new Cli(disk.resolve("second"));
    KnownStore.requireRefusal(
        1, List.of("init"), second.attempt("init"), disk.toString(), "read-only file system");
  }
}

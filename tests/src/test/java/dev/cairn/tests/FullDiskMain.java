package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs every writing command on a disk that is full, then nearly full, page by page or file by
 * file, until it has room enough. Started among private mounts only. Its arguments: a directory,
 * and {@code bytes} or {@code files}, whichever run out.
 */
final class FullDiskMain {
  private static final int MOST_FREE = 1000;

  private final Path disk;
  private final Ballast ballast;
  private final KnownStore known;
  private int refusals;

  private FullDiskMain(Path directory, boolean files) throws IOException {
    this.disk = directory.resolve("disk");
    this.ballast = new Ballast(disk, files);
    this.known = new KnownStore(disk.resolve("store"), directory);
  }

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path directory = Path.of(arguments[0]);
    Path disk = Files.createDirectory(directory.resolve("disk"));
    List<String> mount =
        List.of("mount", "-t", "tmpfs", "-o", "size=4m,nr_inodes=300", "tmpfs", disk.toString());
    assertEquals(0, PrivateMounts.exit(mount));
    new FullDiskMain(directory, arguments[1].equals("files")).run();
  }

  private void run() throws IOException {
    for (int i = 0; i < 6; i++) {
      known.checkpoint("vm");
    }
    untilItFits(known.nextCheckpoint("vm"));
    known.checkpointed("vm");
    untilItFits(known.nextCheckpoint("new"));
    known.checkpointed("new");
    untilItFits(List.of("label", "vm@5", "five"));
    untilItFits(List.of("pin", "vm@4"));
    untilItFits(List.of("fork", "vm@five", "side"));
    known.points("side").addAll(known.points("vm").headSet(6L));
    untilItFits(List.of("merge", "vm"));
    known.checkpoint("vm");
    untilItFits(List.of("forget", "vm", "--keep-last", "3"));
    known.points("vm").removeAll(List.of(0L, 1L, 2L, 3L));
    untilItFits(List.of("compact", "vm"));
    restore();
    untilItFits(new Cli(disk.resolve("second")), List.of("init"));
    listing();
    untilItFits(List.of("reindex"));
    known.checkpoint("vm");
    known.checkpoint("side");
    Leftovers.requireNone(disk.resolve("store"));
  }

  /** What stood under the target's name before stays. */
  private void restore() throws IOException {
    Path target = disk.resolve("out");
    byte[] before = "what was here before".getBytes(StandardCharsets.UTF_8);
    Files.write(target, before);
    ballast.leave(0);
    known.refused(
        1, List.of("restore", "vm", "--to", "raw:" + target), target.toString(), "no space left");
    assertArrayEquals(before, Files.readAllBytes(target));
    ballast.release();
    untilItFits(List.of("restore", "vm", "--to", "raw:" + target));
    Files.delete(target);
  }

  /** A question over all chains needs no room for the catalog. */
  private void listing() throws IOException {
    ballast.leave(0);
    Cli.Said said = known.cairn().run(0, "list", "--label", "five");
    assertEquals(2, said.out().lines().filter(line -> line.endsWith(" five")).count(), said.out());
    ballast.release();
  }

  /** Runs a command with less room than it needs, a little more each time, until it has enough. */
  private void untilItFits(List<String> command) throws IOException {
    untilItFits(known.cairn(), command);
  }

  private void untilItFits(Cli cairn, List<String> command) throws IOException {
    String[] words = command.toArray(String[]::new);
    int before = refusals;
    for (int free = 0; ; free += 1 + free / 8) {
      ballast.leave(free);
      Cli.Said said = cairn.attempt(words);
      if (said.exit() == 0) {
        break;
      }
      KnownStore.requireRefusal(1, command, said, disk.toString(), "no space left");
      Leftovers.requireNone(disk.resolve("store"));
      known.verify();
      for (long point : known.points("vm").tailSet(5L)) {
        known.restore("vm", point);
      }
      refusals++;
      assertTrue(free < MOST_FREE, command + " never fits");
    }
    ballast.release();
    System.out.println("place: %s was refused %d times".formatted(command, refusals - before));
    assertTrue(refusals > before, command + " needs no room");
    known.cairn().run(0, "verify");
  }
}

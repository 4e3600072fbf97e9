package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tests.Leftovers;
import dev.cairn.tests.PrivateMounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Captures into a disk that gets full, and has room again later. Started among private mounts only.
 * Its arguments: a directory, the QMP socket, and the mode.
 */
final class FullStoreMain {
  private static final String POINT = "\"message_type\":\"point\"";

  private static final String DROPPED = "\"message_type\":\"dropped\"";

  private static final int CHAIN_BYTES = 128 << 10;

  private FullStoreMain() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path directory = Path.of(arguments[0]);
    Path disk = Files.createDirectory(directory.resolve("disk"));
    List<String> mount = List.of("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk.toString());
    assertEquals(0, PrivateMounts.exit(mount));
    Path ballast = disk.resolve("ballast");
    Files.write(ballast, new byte[6 << 20]);
    Path store = disk.resolve("store");
    Cli cairn = new Cli(store);
    cairn.run(0, "init");
    // One that never had a point leaves no chain: there is room for that alone.
    Path more = disk.resolve("more");
    long left = Files.getFileStore(disk).getUsableSpace() - CHAIN_BYTES;
    Files.write(more, new byte[Math.toIntExact(left)]);
    try (Child capture = capture(directory, store, arguments)) {
      await(capture, DROPPED, 1);
      capture.terminate();
      capture.await(143);
    }
    assertEquals(0, cairn.json(0, "list").path("chains").size());
    Leftovers.requireNone(store);
    Files.delete(more);
    try (Child capture = capture(directory, store, arguments)) {
      await(capture, DROPPED, 3);
      int before = count(capture, POINT);
      Files.delete(ballast);
      await(capture, POINT, before + 3);
      capture.terminate();
      String said = capture.await(143);
      assertTrue(said.contains("\"message_type\":\"detached\""), said);
      cairn.run(0, "verify");
      System.out.println(said.lines().toList().getLast());
    }
  }

  private static Child capture(Path directory, Path store, String[] arguments) throws IOException {
    return Child.cairn(
        directory,
        "--store",
        store.toString(),
        "--json",
        "capture",
        "vm",
        "--qmp",
        "unix:" + arguments[1],
        "--mode",
        arguments[2],
        "--every",
        "100ms",
        "--max-pause",
        "20s",
        "--buffer",
        "64M");
  }

  private static void await(Child capture, String type, int atLeast)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + Guest.PATIENCE.toNanos();
    while (count(capture, type) < atLeast) {
      assertTrue(System.nanoTime() < end, "in time " + type);
      assertTrue(!capture.hasEndedWithin(20_000), capture.said());
    }
  }

  private static int count(Child capture, String type) throws IOException {
    return (int) capture.said().lines().filter(line -> line.contains(type)).count();
  }
}

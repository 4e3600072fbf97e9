package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tools.qmp.Qmp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A directory with a store, in whose chain {@code vm} guests are captured. Not thread-safe. */
final class Captured {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path directory;
  private final Cli cairn;

  /** Makes the store. */
  Captured(Path directory) {
    this.directory = directory;
    this.cairn = new Cli(directory.resolve("store"));
    cairn.run(0, "init");
  }

  Cli cairn() {
    return cairn;
  }

  /** RAM of one kind, {@code file} or {@code memfd}, that others can open. */
  GuestSetup shared(GuestSetup setup, String kind) {
    return kind.equals("memfd")
        ? setup.sharedMemfd()
        : setup.sharedFile(directory.resolve("ram-" + System.nanoTime()));
  }

  /** Starts a capture; unless told otherwise the guest may stand still for long. */
  Child capture(Guest guest, String... more) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of("--store", directory.resolve("store").toString(), "--json", "capture", "vm"));
    words.addAll(List.of("--qmp", "unix:" + guest.socket()));
    words.addAll(List.of(more));
    if (!words.contains("--max-pause")) {
      words.addAll(List.of("--max-pause", "20s"));
    }
    return Child.cairn(directory, words.toArray(String[]::new));
  }

  /** Returns the lines of one type. */
  static List<JsonNode> of(String type, String said) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : said.lines().filter(l -> l.startsWith("{")).toList()) {
      JsonNode read = JSON.readTree(line);
      if (read.path("message_type").asText().equals(type)) {
        lines.add(read);
      }
    }
    return lines;
  }

  /** Returns the points that a capture has told of so far. */
  static List<JsonNode> points(Child child) throws IOException {
    String text = child.said();
    return of("point", text.substring(0, text.lastIndexOf('\n') + 1));
  }

  static void awaitPoints(Child child, int count) throws IOException, InterruptedException {
    long end = System.nanoTime() + Guest.PATIENCE.toNanos();
    while (points(child).size() < count) {
      assertTrue(System.nanoTime() < end, "points come in time");
      assertFalse(child.hasEndedWithin(20_000), child.said());
    }
  }

  /** Waits for a file that something in the pause of a capture makes. */
  static void await(Path file, Child child) throws IOException, InterruptedException {
    long end = System.nanoTime() + Guest.PATIENCE.toNanos();
    while (!Files.exists(file)) {
      assertTrue(System.nanoTime() < end, file + " comes in time");
      assertFalse(child.hasEndedWithin(1_000), child.said());
    }
  }

  /** Returns what a capture changes of a QEMU, and all else of that kind. */
  static Map<String, JsonNode> settings(Guest guest) throws IOException, InterruptedException {
    try (Qmp qmp = guest.qmp()) {
      return Map.of(
          "capabilities", qmp.execute("query-migrate-capabilities", Map.of(), Guest.PATIENCE),
          "parameters", qmp.execute("query-migrate-parameters", Map.of(), Guest.PATIENCE));
    }
  }

  /** Starts a fresh QEMU with memory of the same kind from a point, and returns its first count. */
  int countsFrom(String point, GuestSetup setup) throws IOException, InterruptedException {
    Path image = directory.resolve("image");
    cairn.run(0, "restore", point, "--to", "mapped-ram:" + image);
    try (Guest guest =
        setup.incoming("file:" + image).options("-global", "migration.mapped-ram=on").start()) {
      return firstCount(guest);
    }
  }

  /** The same, over a socket. */
  int countsFromLive(String point, GuestSetup setup, String... more)
      throws IOException, InterruptedException {
    try (Guest guest = setup.incoming("defer").start()) {
      List<String> words = new ArrayList<>(List.of("resume", point));
      words.addAll(List.of("--qmp", "unix:" + guest.socket()));
      words.addAll(List.of(more));
      cairn.run(0, words.toArray(String[]::new));
      return firstCount(guest);
    }
  }

  private static int firstCount(Guest guest) throws IOException, InterruptedException {
    guest.awaitNextCount();
    guest.awaitNextCount();
    guest.assertUnbroken();
    return guest.counts().getFirst();
  }
}

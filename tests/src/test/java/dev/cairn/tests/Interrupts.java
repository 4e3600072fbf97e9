package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.StoreLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Interrupts a command where it is sure to be under way. Stateless. */
final class Interrupts {
  private static final long DEADLINE_SECONDS = 60;
  private static final int SIGINT = 2;

  private Interrupts() {}

  static StoreLock lock(Path chain) throws IOException {
    return FileSystemDirectory.open(chain).lock("LOCK", Duration.ofSeconds(5));
  }

  /** Something that shows that the work is under way. */
  @FunctionalInterface
  interface Sign {
    boolean isThere(Child child) throws IOException;
  }

  static Sign fileOf(Path where, String mark) {
    return child -> {
      if (!Files.isDirectory(where)) {
        return false;
      }
      try (Stream<Path> files = Files.list(where)) {
        return files.anyMatch(file -> file.getFileName().toString().contains(mark));
      }
    };
  }

  /** It has a file open of which the name ends so. */
  static Sign open(String end) {
    return child -> {
      try (Stream<Path> links = Files.list(Path.of("/proc/" + child.pid() + "/fd"))) {
        return links.anyMatch(link -> target(link).endsWith(end));
      }
    };
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return ""; // closed meanwhile
    }
  }

  /** Of jobs that a shell has in the background SIGINT is ignored, and of all that they start. */
  private static void requireHeard(Child child, String name) throws IOException {
    long ignored =
        Files.readAllLines(Path.of("/proc/" + child.pid() + "/status")).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
            .findFirst()
            .orElse(0);
    assertTrue(
        !name.equals("INT") || (ignored & (1 << (SIGINT - 1))) == 0,
        "SIGINT is ignored where these tests run: run them in the foreground");
  }

  private static void signal(Child child, String name) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(child.pid())).start();
    assertTrue(kill.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS));
    assertEquals(0, kill.exitValue(), name);
  }

  /** Interrupts a command as soon as a sign is there, and returns what it said to that. */
  static String interrupt(Child child, Sign sign, String how)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (!sign.isThere(child)) {
      assertTrue(System.nanoTime() < end, "the work begins in time");
      Thread.onSpinWait();
    }
    requireHeard(child, how);
    signal(child, "STOP");
    signal(child, how);
    signal(child, "CONT");
    String said = child.await(130, DEADLINE_SECONDS);
    assertTrue(said.contains("cairn: interrupted; "), said);
    return said;
  }
}

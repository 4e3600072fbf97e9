package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.io.StoreLock;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What who waits for a long command sees, and what is left when he does not wait. A command is
 * interrupted where it is sure to be under way: as it waits for a lock that the test holds, with
 * its new files written, or as it reads a large file, stopped until the signal is there.
 */
class LongWorkTest {
  private static final int PAGE = 4096;
  private static final int MEMORY = 192 << 20;
  private static final long DEADLINE_SECONDS = 60;
  private static final String CLEAN = "1 chain verified: clean\n";

  @TempDir static Path directory = Path.of("");
  private static Path store = Path.of("");
  private static Path delta = Path.of("");
  private static Cli cairn = new Cli(store);

  @BeforeAll
  static void makeALargeChain() throws IOException {
    store = directory.resolve("store");
    Path image = directory.resolve("image");
    delta = directory.resolve("delta");
    cairn = new Cli(store);
    cairn.run(0, "init");
    byte[] piece = new byte[1 << 20];
    Random random = new Random(11);
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      for (int at = 0; at < MEMORY; at += piece.length) {
        random.nextBytes(piece);
        file.write(piece);
      }
    }
    cairn.run(0, "checkpoint", "vm", "--from", "raw:" + image);
    for (int n = 1; n < 4; n++) {
      try (RandomAccessFile file = new RandomAccessFile(delta.toFile(), "rw")) {
        file.setLength(MEMORY);
        file.seek((long) n * 64 * PAGE);
        file.write(piece, 0, 16 * PAGE);
      }
      cairn.run(0, "checkpoint", "vm", "--from", "sparse:" + delta, "--no-merge");
    }
  }

  private static Child start(String... words) throws IOException {
    Stream<String> all = Stream.concat(Stream.of("--store", store.toString()), Stream.of(words));
    return Child.cairn(directory, all.toArray(String[]::new));
  }

  private static void checkStore(Cli cli, Path of) throws IOException {
    assertEquals(CLEAN, cli.run(0, "verify", "vm", "--read-data-subset", "1%").out());
    cli.run(0, "label", "vm@2", "kept");
    Leftovers.requireNone(of);
    assertEquals(4, cli.json(0, "list", "vm").get("points").size());
  }

  @Test
  void aCheckpointIsStoredWhollyOrNot() throws Exception {
    Path chain = store.resolve("chains/vm");
    try (StoreLock _ = Interrupts.lock(chain);
        Child child = start("checkpoint", "vm", "--from", "sparse:" + delta)) {
      String said = Interrupts.interrupt(child, Interrupts.fileOf(chain, ".tmp"), "INT");
      assertTrue(said.contains("cairn list vm"), said);
      assertFalse(Leftovers.temporary(store).isEmpty(), "it was under way");
    }
    checkStore(cairn, store);
  }

  @Test
  void mergesLoseNothing() throws Exception {
    Path chain = store.resolve("chains/vm");
    for (String command : List.of("merge", "compact")) {
      try (StoreLock _ = Interrupts.lock(chain);
          Child child = start(command, "vm")) {
        String said = Interrupts.interrupt(child, Interrupts.fileOf(chain, ".tmp"), "TERM");
        assertTrue(said.contains("every point of vm is kept; to go on: cairn " + command), said);
      }
      checkStore(cairn, store);
      assertEquals(3, cairn.json(0, "stats", "vm").get("layers").asInt());
    }
  }

  @Test
  void forgettingIsDoneAtOnceOrNot() throws Exception {
    try (StoreLock _ = Interrupts.lock(store.resolve("chains/vm"));
        Child child = start("forget", "vm", "--keep-last", "1")) {
      Interrupts.interrupt(child, Interrupts.open("/LOCK"), "INT");
    }
    checkStore(cairn, store);
  }

  @Test
  void aCopyGoesOnLater() throws Exception {
    Path other = directory.resolve("other");
    Cli there = new Cli(other);
    there.run(0, "init");
    cairn.run(0, "fork", "vm@1", "short");
    cairn.run(0, "copy", "short", "--to", other.toString(), "--as", "vm");
    Path chain = other.resolve("chains/vm");
    try (StoreLock _ = Interrupts.lock(chain);
        Child child = start("copy", "vm", "--to", other.toString(), "--as", "new")) {
      String said = Interrupts.interrupt(child, Interrupts.open(".base"), "INT");
      assertTrue(said.contains("to go on, give the same command"), said);
    }
    cairn.run(0, "copy", "vm", "--to", other.toString(), "--as", "new");
    assertEquals(4, there.json(0, "list", "new").get("points").size());
    there.run(0, "verify", "--read-data-subset", "1%");
    Leftovers.requireNone(other);
  }

  @Test
  void aRestoreThatIsNotWholeHasNoName() throws Exception {
    Path out = Files.createDirectory(directory.resolve("out"));
    try (Child child = start("restore", "vm@3", "--to", "raw:" + out.resolve("memory"))) {
      Interrupts.interrupt(child, Interrupts.fileOf(out, ".cairn-tmp-"), "INT");
    }
    try (Stream<Path> left = Files.list(out)) {
      assertEquals(List.of(), left.toList());
    }
    checkStore(cairn, store);
  }

  @Test
  void whoOnlyReadsChangesNothing() throws Exception {
    try (Child child = start("verify", "vm")) {
      String said = Interrupts.interrupt(child, Interrupts.open(".base"), "INT");
      assertTrue(said.contains("nothing was changed"), said);
    }
    checkStore(cairn, store);
  }

  /**
   * At a terminal: one line that is drawn over, with bytes, rate and time, and is gone at the end.
   */
  @Test
  void progressIsDrawnWhereSomebodyLooks() throws Exception {
    String drawn = atTerminal("verify", "vm");
    List<String> bars =
        Stream.of(drawn.split("[\r\n]+")).filter(line -> line.startsWith("verify vm ")).toList();
    assertFalse(bars.isEmpty(), drawn);
    for (String bar : bars) {
      assertTrue(
          bar.matches(
              "verify vm [0-9.]+ [KMG]?i?B of [0-9.]+ MiB, [0-9.]+ [KMG]?i?B/s, [0-9]+ (s|min) left"
                  + " *"),
          bar);
      assertTrue(bar.length() < 80, bar);
    }
    String before = drawn.substring(0, drawn.indexOf("1 chain verified"));
    assertFalse(before.contains("\n"), drawn);
    assertTrue(before.matches("(?s).*\r +\r"), "the line is gone: " + drawn);
  }

  @Test
  void progressIsSilentElsewhere() throws Exception {
    for (String option : List.of("-q", "--no-progress")) {
      String said = atTerminal(option, "verify", "vm");
      assertFalse(said.contains(" left"), said);
    }
    assertEquals("", cairn.run(0, "verify", "vm").errors());
  }

  /** Runs a command at a terminal of 80 columns, and returns all that it wrote there. */
  private static String atTerminal(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(dev.cairn.tools.Cairn.class.getName());
    command.add("--store");
    command.add(store.toString());
    command.addAll(List.of(words));
    Path out = Files.createTempFile(directory, "terminal", ".out");
    String line = "stty cols 80 rows 24; " + String.join(" ", command);
    Process process =
        new ProcessBuilder("script", "-qec", line, "/dev/null")
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(out.toFile())
            .start();
    try {
      assertTrue(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS), "it ends in time");
      String said = Files.readString(out, StandardCharsets.UTF_8);
      assertEquals(0, process.exitValue(), said);
      return said;
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }
}

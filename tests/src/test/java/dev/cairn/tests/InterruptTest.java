package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.io.StoreLock;
import dev.cairn.tools.Cairn;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who interrupts a command is told what is kept and how it goes on, and nothing is left that is not
 * whole. Those that read stand still where the test has them: a file of the chain is away, so they
 * look again under a lock, which the test has. Those that carry bytes are held up by their rate.
 */
class InterruptTest {
  private static final String SLOW = "16K";

  @TempDir Path directory = Path.of("");
  private Path store = Path.of("");
  private Path chain = Path.of("");
  private KnownStore known;

  @BeforeEach
  void makeAStore() throws IOException {
    store = directory.resolve("store");
    chain = store.resolve("chains/vm");
    known = new KnownStore(store, directory);
    known.checkpoint("vm");
    known.checkpoint("vm");
    known.checkpoint("vm");
  }

  private Child start(Path of, String... words) throws IOException {
    Stream<String> all = Stream.concat(Stream.of("--store", of.toString()), Stream.of(words));
    return Child.cairn(directory, all.toArray(String[]::new));
  }

  private Path newestLayer() throws IOException {
    try (Stream<Path> files = Files.list(chain)) {
      return files
          .filter(file -> file.toString().endsWith(".layer"))
          .max(Path::compareTo)
          .orElseThrow();
    }
  }

  /** Interrupts a reader that looks for a file under the lock. */
  private String interruptReader(String how, String... words)
      throws IOException, InterruptedException {
    Path layer = newestLayer();
    Path away = directory.resolve("away");
    Files.move(layer, away);
    try (StoreLock _ = Interrupts.lock(chain);
        Child child = start(store, words)) {
      return Interrupts.interrupt(child, Interrupts.open("/vm/LOCK"), how);
    } finally {
      Files.move(away, layer);
    }
  }

  @Test
  void picturesAreWholeOrNotThere() throws Exception {
    Path out = Files.createDirectory(directory.resolve("out"));
    String said = interruptReader("INT", "report", "vm", "-o", out.resolve("r.html").toString());
    assertTrue(said.contains("nothing was changed, and no page written"), said);
    said = interruptReader("TERM", "heatmap", "vm", "-o", out.resolve("h.png").toString());
    assertTrue(said.contains("nothing was changed, and no picture written"), said);
    said = interruptReader("INT", "diff", "vm@0", "vm@1");
    assertTrue(said.contains("nothing was changed"), said);
    assertEquals(List.of(), names(out));
    known.nothingIsLost();
    Leftovers.requireNone(store);
  }

  @Test
  void aRepairIsDoneWhollyOrNot() throws Exception {
    Path layer = newestLayer();
    byte[] intact = Files.readAllBytes(layer);
    try (RandomAccessFile file = new RandomAccessFile(layer.toFile(), "rw")) {
      file.seek(5000);
      file.write(new byte[] {'d', 'a', 'm', 'a', 'g', 'e'});
    }
    try (StoreLock _ = Interrupts.lock(chain);
        Child child = start(store, "repair", "vm")) {
      String said = Interrupts.interrupt(child, Interrupts.open("/vm/LOCK"), "TERM");
      assertTrue(said.contains("what was there is kept; to go on: cairn repair vm"), said);
    }
    new Cli(store).run(4, "repair", "vm", "--dry-run");
    Files.write(layer, intact);
    known.nothingIsLost();
    Leftovers.requireNone(store);
  }

  @Test
  void aPullAndASendGoOnLater() throws Exception {
    Path other = directory.resolve("other");
    Path third = directory.resolve("third");
    new Cli(other).run(0, "init");
    new Cli(third).run(0, "init");
    String from = "unix:" + store.resolve("run/serve.sock");
    String to = "unix:" + third.resolve("run/serve.sock");
    try (Child server = start(store, "serve");
        Child receiver = start(third, "serve")) {
      server.awaitWord("listening");
      receiver.awaitWord("listening");
      try (Child child = start(other, "pull", "vm", "--from", from, "--limit-rate", SLOW)) {
        String said = Interrupts.interrupt(child, it -> it.said().contains("pulling vm@2"), "INT");
        assertTrue(said.contains("what has come is kept; to go on, give the same command"), said);
        assertTrue(said.contains("cairn pull vm --abandon"), said);
      }
      try (Child child = start(store, "send", "vm", "--to", to, "--limit-rate", SLOW)) {
        String said =
            Interrupts.interrupt(child, _ -> receiver.said().contains("taking vm@2"), "TERM");
        assertTrue(said.contains("what has come there is kept; to go on, give the same"), said);
      }
      new Cli(other).run(0, "pull", "vm", "--from", from);
      new Cli(store).run(0, "send", "vm", "--to", to);
    }
    for (Path there : List.of(other, third)) {
      new Cli(there).run(0, "verify");
      assertEquals(3, new Cli(there).json(0, "list", "vm").get("points").size());
      Leftovers.requireNone(there);
    }
    known.nothingIsLost();
    Leftovers.requireNone(store);
  }

  @Test
  void whoWaitsForASourceIsTold() throws Exception {
    String nobody = "unix:" + directory.resolve("nobody");
    try (Child child = start(store, "pull", "new", "--from", nobody)) {
      Interrupts.interrupt(child, it -> it.said().contains("; trying again"), "TERM");
      assertTrue(child.said().contains(nobody), child.said());
    }
    new Cli(store).run(10, "list", "new");
    known.nothingIsLost();
    Leftovers.requireNone(store);
  }

  @Test
  void aBenchTakesAwayWhatItWrote() throws Exception {
    Path place = Files.createDirectory(directory.resolve("bench"));
    try (Child child = start(store, "bench", "delta", "--dir", place.toString())) {
      String said = Interrupts.interrupt(child, _ -> !names(place).isEmpty(), "TERM");
      assertTrue(said.contains("what was measured stands above"), said);
    }
    assertEquals(List.of(), names(place));
  }

  /** As {@code | head} does: the reader is gone before the first byte. */
  @Test
  void whoReadsNoMoreIsToldNothing() throws Exception {
    Path errors = directory.resolve("errors");
    List<String> words =
        List.of(
            "sh",
            "-c",
            "read go; exec \"$0\" \"$@\"",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Cairn.class.getName(),
            "help");
    Process process = new ProcessBuilder(words).redirectError(errors.toFile()).start();
    try {
      process.getInputStream().close();
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it ends in time");
      assertEquals("", Files.readString(errors));
      assertEquals(141, process.exitValue());
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static List<String> names(Path where) throws IOException {
    List<String> names = new ArrayList<>();
    try (Stream<Path> files = Files.list(where)) {
      files.forEach(file -> names.add(file.getFileName().toString()));
    }
    return names;
  }
}

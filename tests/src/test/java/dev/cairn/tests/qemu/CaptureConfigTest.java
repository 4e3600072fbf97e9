package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Many machines are captured by one process, as a file says. */
class CaptureConfigTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path directory;
  private final Path file;
  private final Cli cairn;

  CaptureConfigTest(@TempDir Path directory) {
    this.directory = directory;
    this.file = directory.resolve("capture.toml");
    this.cairn = new Cli(directory.resolve("store"));
    cairn.run(0, "init");
  }

  private Child start() throws IOException {
    return Child.cairn(
        directory,
        "--store",
        directory.resolve("store").toString(),
        "--json",
        "capture",
        "--config",
        file.toString());
  }

  private static long points(Child child, String chain) throws IOException {
    return said(child, chain, "point");
  }

  private static long said(Child child, String chain, String type) throws IOException {
    String text = child.said();
    long count = 0;
    for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
      if (line.startsWith("{")) {
        JsonNode row = JSON.readTree(line);
        boolean is = row.path("message_type").asText().equals(type);
        count += is && row.path("chain").asText().equals(chain) ? 1 : 0;
      }
    }
    return count;
  }

  private static void awaitPoints(Child child, String chain, long count)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + Guest.PATIENCE.toNanos();
    while (points(child, chain) < count) {
      assertTrue(System.nanoTime() < end, () -> chain + " has points in time");
      assertFalse(child.hasEndedWithin(20_000), child.said());
    }
  }

  @Test
  void twoMachinesAreCapturedByOneProcess() throws IOException, InterruptedException {
    try (Guest web = Guest.of("qemu11").start();
        Guest db = Guest.of("qemu10").start()) {
      Files.writeString(
          file,
          """
          [defaults]
          every = "150ms"
          max-pause = "20s"
          keep-last = 5
          buffer = "64M"

          [capture.web]
          qmp = "unix:%s"

          [capture.db]
          qmp = "unix:%s"
          mode = "stream"
          every = "300ms"
          label = "first"
          """
              .formatted(web.socket(), db.socket()));
      try (Child child = start()) {
        awaitPoints(child, "web", 7);
        awaitPoints(child, "db", 7);
        child.terminate();
        child.await(143);
        assertEquals(1, said(child, "web", "detached"));
        assertEquals(1, said(child, "db", "detached"));
      }
      for (Guest guest : List.of(web, db)) {
        guest.awaitNextCount();
        guest.assertUnbroken();
        assertEquals("running", guest.execute("query-status", Map.of()).path("status").asText());
      }
      assertEquals(5, cairn.json(0, "list", "web").path("points").size());
      assertEquals(5, cairn.json(0, "list", "db").path("points").size());
      cairn.run(0, "verify");
      try (var run = Files.list(directory.resolve("store/run"))) {
        assertEquals(
            0,
            run.filter(p -> p.toString().endsWith(".json")).count(),
            "nothing is left to rescue");
      }
    }
  }

  /** One that is not there does not end the others, and is captured when it comes. */
  @Test
  void aMachineMayComeLaterAndGoAndComeAgain() throws IOException, InterruptedException {
    Path link = directory.resolve("late.qmp");
    try (Guest web = Guest.of("qemu11").start()) {
      Files.writeString(
          file,
          """
          [capture.late]
          qmp = "unix:%s"
          every = "150ms"
          max-pause = "20s"
          [capture.web]
          qmp = "unix:%s"
          every = "150ms"
          max-pause = "20s"
          """
              .formatted(link, web.socket()));
      try (Child child = start()) {
        awaitPoints(child, "web", 3);
        assertEquals(0, points(child, "late"));
        assertTrue(child.said().contains("it is tried again and again"), child.said());
        for (int round = 0; round < 2; round++) {
          long before = points(child, "late");
          try (Guest late = Guest.of("qemu11").start()) {
            Files.deleteIfExists(link);
            Files.createSymbolicLink(link, late.socket());
            awaitPoints(child, "late", before + 3);
          }
        }
        awaitPoints(child, "web", points(child, "web") + 2);
        child.terminate();
        child.await(143);
      }
      web.awaitNextCount();
      web.assertUnbroken();
      cairn.run(0, "verify");
    }
  }

  @Test
  void theEndIsThatOfTheLastMachine() throws IOException, InterruptedException {
    try (Guest web = Guest.of("qemu11").start()) {
      Files.writeString(
          file,
          """
          capture.web = { qmp = "unix:%s", every = "100ms", max-pause = "20s", count = 3 }
          """
              .formatted(web.socket()));
      try (Child child = start()) {
        child.await(0);
        assertEquals(3, points(child, "web"));
      }
      cairn.run(0, "capture", "--config", file.toString(), "--rescue");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[capture.a]                                         | expected unix:PATH",
        "[capture.a]!qmp = 'unix:/a'!evry = '1s'             | [capture.a]: evry: no such key",
        "[capture.a]!qmp = 'unix:/a'!every = 'soon'          | --every soon: expected a time",
        "[capture.a]!qmp = 'unix:/a'!every = true            | every: expected a text",
        "[capture.a]!qmp = 'unix:/a'!mode = 'best'           | --mode best",
        "[capture.a]!qmp = 'unix:/q'![capture.b]!qmp = 'unix:/q' | is that of [capture.a], too",
        "[capture.a]!qmp = 'unix:/a'![capture.a]!every = '1s' | line 3",
        "[capture.'../a']!qmp = 'unix:/a'                    | chain name",
        "[defaults]!qmp = 'unix:/a'                          | every machine has its own",
        "[defaults]!every = '1s'                             | at least one table",
        "[captures.a]!qmp = 'unix:/a'                        | expected [defaults]",
        "[capture.a                                          | line 1",
      })
  void whatIsWrongInTheFileIsSaidBeforeAnythingBegins(String text, String expected)
      throws IOException {
    Files.writeString(file, text.strip().replace('!', '\n'));
    Cli.Said said = cairn.run(2, "capture", "--config", file.toString());
    assertTrue(said.errors().contains(expected), said.errors());
    assertTrue(said.errors().contains(file.toString()), said.errors());
  }

  @Test
  void aFileAndAChainAreNotBothTaken() throws IOException {
    Files.writeString(file, "[capture.a]\nqmp = 'unix:/a'\n");
    assertEquals(2, cairn.attempt("capture", "vm", "--config", file.toString()).exit());
    assertEquals(2, cairn.attempt("capture", "--config", file + "x").exit());
    assertEquals(2, cairn.attempt("capture").exit());
  }
}

package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.store.io.Missing;
import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tools.qmp.Qmp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The unit files are sound, and their commands do what they are there for. */
class UnitFilesTest {
  private static final String PROGRAM = "/usr/bin/cairn";
  private static final Path UNITS = Path.of("../tools/systemd");

  private final Path directory;

  UnitFilesTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cairn-capture@.service",
        "cairn-capture.service",
        "cairn-serve.service",
        "cairn-maintain.service"
      })
  void systemdUnderstandsThem(String name) throws IOException, InterruptedException {
    if (!Files.isExecutable(Path.of("/usr/bin/systemd-analyze"))) {
      Missing.part("systemd-analyze");
    }
    Path unit = directory.resolve(name.replace("@", "@vm"));
    // It looks whether the program is there.
    Files.writeString(
        unit,
        Files.readString(UNITS.resolve(name))
            .replaceAll("=/usr/(bin/cairn|lib/cairn/bin/maintain)", "=/bin/true"));
    Process process =
        new ProcessBuilder("systemd-analyze", "verify", unit.toString())
            .redirectErrorStream(true)
            .start();
    try {
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> line.contains(unit.getFileName().toString()))
              .toList()
              .toString();
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      assertEquals("[]", said);
      assertEquals(0, process.exitValue());
    } finally {
      process.destroyForcibly();
    }
  }

  /** What systemd does when a service is killed with all that it has started. */
  @Test
  void afterTheWholeServiceIsKilledTheGuestRunsAsBefore() throws IOException, InterruptedException {
    Cli cairn = new Cli(directory.resolve("store"));
    cairn.run(0, "init");
    try (Guest guest = Guest.of("qemu11").start()) {
      Map<String, JsonNode> before = settings(guest);
      guest.awaitCount(2);
      String options = "--qmp unix:" + guest.socket() + " --every 100ms --max-pause 20s --json";
      for (int round = 0; round < 3; round++) {
        try (Child child = child(words("ExecStart", options))) {
          child.awaitWord("\"message_type\":\"point\"");
          ProcessHandle service = ProcessHandle.of(child.pid()).orElseThrow();
          List<ProcessHandle> guardians = service.descendants().toList();
          assertEquals(1, guardians.size(), "the guardian");
          guardians.forEach(ProcessHandle::destroyForcibly);
          child.kill();
        }
        try (Child child = child(words("ExecStopPost", options))) {
          child.await(0);
        }
        assertEquals("running", guest.execute("query-status", Map.of()).path("status").asText());
        assertEquals(before, settings(guest));
        guest.awaitNextCount();
      }
      guest.assertUnbroken();
      cairn.run(0, "verify");
    }
  }

  private Child child(List<String> words) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("--store", directory.resolve("store").toString()));
    command.addAll(words);
    return Child.cairn(directory, command.toArray(String[]::new));
  }

  /** Returns a line of the template as systemd reads it, without the program. */
  private static List<String> words(String key, String capture) throws IOException {
    String line =
        Files.readAllLines(UNITS.resolve("cairn-capture@.service")).stream()
            .filter(l -> l.startsWith(key + "="))
            .findFirst()
            .orElseThrow();
    String command = line.substring(key.length() + 1);
    assertTrue(command.startsWith(PROGRAM + " "), command);
    String words =
        command.substring(PROGRAM.length() + 1).replace("%i", "vm").replace("$CAPTURE", capture);
    return List.of(words.split(" ", -1));
  }

  private static Map<String, JsonNode> settings(Guest guest)
      throws IOException, InterruptedException {
    try (Qmp qmp = guest.qmp()) {
      return Map.of(
          "capabilities", qmp.execute("query-migrate-capabilities", Map.of(), Guest.PATIENCE),
          "parameters", qmp.execute("query-migrate-parameters", Map.of(), Guest.PATIENCE));
    }
  }
}

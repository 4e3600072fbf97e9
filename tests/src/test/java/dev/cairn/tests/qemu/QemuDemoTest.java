package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Cli;
import dev.cairn.tools.demo.qemu.QemuDemo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The demonstration shows what it says, on both QEMUs. */
class QemuDemoTest {
  private final Path directory;

  QemuDemoTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void aGuestGoesOnThoughItsPageServerIsKilled(String version) {
    Cli cli = new Cli(directory.resolve("store"));
    JsonNode said = cli.json(0, "demo", "--qemu", Lab.qemu(version).toString(), "--seconds", "9");
    System.out.println(said);
    assertEquals("qemu", said.path("guest").asText());
    assertEquals(List.of().toString(), said.path("failures").toString());
    assertEquals(6, said.path("points").asInt());
    assertTrue(said.path("recovered").asBoolean());
    int first = said.path("firstCount").asInt();
    assertTrue(first > 0 && first < said.path("lastCount").asInt(), "a past point");
    assertTrue(said.path("killedAtCount").asInt() < said.path("resumedCount").asInt());
    cli.run(0, "verify");
  }

  /** What the jar carries is what stands beside it. */
  @Test
  void theGuestIsItsSource() throws IOException, InterruptedException {
    Path source = directory.resolve("guest.S");
    try (InputStream in = resource("guest.S")) {
      Files.copy(in, source);
    }
    run("as", "--32", "guest.S", "-o", "guest.o");
    run("ld", "-m", "elf_i386", "-Ttext", "0", "--oformat", "binary", "guest.o", "-o", "guest.bin");
    try (InputStream in = resource("guest.bin")) {
      assertArrayEquals(Files.readAllBytes(directory.resolve("guest.bin")), in.readAllBytes());
    }
  }

  private static InputStream resource(String name) {
    return Objects.requireNonNull(QemuDemo.class.getResourceAsStream(name), name);
  }

  private void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).directory(directory.toFile()).inheritIO().start();
    try {
      assertTrue(process.waitFor(30, TimeUnit.SECONDS), command[0]);
      assertEquals(0, process.exitValue(), command[0]);
    } finally {
      process.destroyForcibly();
    }
  }
}

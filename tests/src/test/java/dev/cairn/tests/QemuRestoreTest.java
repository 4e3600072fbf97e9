package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cairn.tools.Cairn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real, unmodified QEMU starts from what Cairn restored, and its guest counts on. */
class QemuRestoreTest {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final Path directory;

  QemuRestoreTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /** The QEMU that wrote the images, and a newer one. */
  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void theGuestsCounterGoesOnFromARestoredPastPoint(String version)
      throws IOException, InterruptedException {
    Path qemu = Path.of(System.getProperty("cairn.lab", ""), version, version);
    boolean present = Files.isExecutable(qemu);
    assertTrue(present || !"true".equals(System.getenv("CI")), "in CI " + version + " is there");
    assumeTrue(present, version + " is missing: run .ci/setup LAB, then -Dcairn.lab=LAB");
    String store = directory.resolve("store").toString();
    assertEquals(0, Cairn.run("--store", store, "-q", "init"));
    for (int n = 0; n < Vectors.COUNT; n++) {
      String image = "mapped-ram:" + Vectors.unpack(n, directory);
      assertEquals(0, Cairn.run("--store", store, "-q", "checkpoint", "vm", "--from", image));
    }
    assertEquals(0, Cairn.run("--store", store, "-q", "compact", "vm"));
    Path restored = directory.resolve("restored.mr");
    assertEquals(
        0, Cairn.run("--store", store, "-q", "restore", "vm@1", "--to", "mapped-ram:" + restored));
    int expected = Vectors.facts(1).get("counter_when_stopped").asInt() + 1;
    assertEquals("COUNT " + expected + " up 0", firstLine(qemu, restored));
  }

  /** Starts QEMU from an image and returns the first line that its guest prints. */
  private String firstLine(Path qemu, Path image) throws IOException, InterruptedException {
    Path firmware = firmware();
    Path serial = directory.resolve("serial");
    Files.createFile(serial);
    Process process =
        new ProcessBuilder(
                List.of(
                    qemu.toString(),
                    "-accel",
                    "tcg",
                    "-machine",
                    "pc-q35-10.0",
                    "-cpu",
                    "qemu64",
                    "-m",
                    "64",
                    "-smp",
                    "1",
                    "-nodefaults",
                    "-display",
                    "none",
                    "-qmp",
                    "stdio",
                    "-serial",
                    "file:" + serial,
                    "-bios",
                    firmware.toString(),
                    "-global",
                    "migration.mapped-ram=on",
                    "-incoming",
                    "file:" + image))
            .redirectOutput(directory.resolve("qmp").toFile())
            .redirectError(directory.resolve("qemu-errors").toFile())
            .start();
    try {
      var commands = process.outputWriter();
      commands.write("{\"execute\": \"qmp_capabilities\"}\n{\"execute\": \"cont\"}\n");
      commands.flush();
      long end = System.nanoTime() + DEADLINE.toNanos();
      while (System.nanoTime() < end) {
        List<String> lines = Files.readString(serial).lines().toList();
        if (Files.readString(serial).contains("\n")) {
          return lines.getFirst();
        }
        if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
          break;
        }
      }
      String errors = Files.readString(directory.resolve("qemu-errors"));
      return "nothing; QEMU said: " + errors + Files.readString(directory.resolve("qmp"));
    } finally {
      process.destroyForcibly();
      assertTrue(process.waitFor(10, TimeUnit.SECONDS), "QEMU ends");
    }
  }

  /** Assembles the guest. */
  private Path firmware() throws IOException, InterruptedException {
    Path object = directory.resolve("counter.o");
    Path image = directory.resolve("counter.bin");
    Path source = Path.of("src/test/resources/counter.S");
    run(
        "as",
        "--32",
        "--defsym",
        "NPAGES=64",
        "--defsym",
        "STRIDE=4096",
        "--defsym",
        "PERIODS=4",
        "--defsym",
        "FILL=16",
        source.toString(),
        "-o",
        object.toString());
    run(
        "ld",
        "-m",
        "elf_i386",
        "-Ttext",
        "0",
        "--oformat",
        "binary",
        object.toString(),
        "-o",
        image.toString());
    return image;
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    try {
      assertTrue(process.waitFor(30, TimeUnit.SECONDS), () -> command[0] + " ends");
      assertEquals(0, process.exitValue(), () -> "exit code of " + command[0]);
    } finally {
      process.destroyForcibly();
    }
  }
}

package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The 64 KiB firmware that is a whole guest ({@code counter.S}): each tick it writes the tick's
 * number into pages, and says {@code COUNT n up 0}. Immutable.
 *
 * @param pages that are written each tick, from 16 MiB on
 * @param strideBytes from one of them to the next
 * @param periods of about 55 ms between ticks
 * @param noisePages that are written once, from 32 MiB on
 */
public record Firmware(int pages, int strideBytes, int periods, int noisePages) {
  /** Returns the one of the test vectors: 64 pages each 220 ms, 16 pages of noise. */
  public static Firmware ofTheVectors() {
    return new Firmware(64, 4096, 4, 16);
  }

  /**
   * Returns the firmware with other pages.
   *
   * @param count for each tick
   */
  public Firmware withPages(int count) {
    return new Firmware(count, strideBytes, periods, noisePages);
  }

  /** Returns the firmware with other ticks. */
  public Firmware withPeriods(int count) {
    return new Firmware(pages, strideBytes, count, noisePages);
  }

  /** Assembles it into a directory and returns the image, for {@code -bios}. */
  public Path assemble(Path directory) throws IOException, InterruptedException {
    Path object = directory.resolve("counter.o");
    Path image = directory.resolve("counter.bin");
    run(
        directory,
        List.of(
            "as",
            "--32",
            "--defsym",
            "NPAGES=" + pages,
            "--defsym",
            "STRIDE=" + strideBytes,
            "--defsym",
            "PERIODS=" + periods,
            "--defsym",
            "FILL=" + noisePages,
            Path.of("src/test/resources/counter.S").toAbsolutePath().toString(),
            "-o",
            object.toString()));
    run(
        directory,
        List.of(
            "ld",
            "-m",
            "elf_i386",
            "-Ttext",
            "0",
            "--oformat",
            "binary",
            object.toString(),
            "-o",
            image.toString()));
    return image;
  }

  private static void run(Path directory, List<String> command)
      throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).directory(directory.toFile()).inheritIO().start();
    try {
      assertTrue(process.waitFor(30, TimeUnit.SECONDS), () -> command.getFirst() + " ends");
      assertEquals(0, process.exitValue(), () -> "exit code of " + command.getFirst());
    } finally {
      process.destroyForcibly();
    }
  }
}

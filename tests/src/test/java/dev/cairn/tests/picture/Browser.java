package dev.cairn.tests.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.PrivateMounts;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;

/**
 * A real browser without a window: Debian's chromium. Each page is loaded by a process of its own.
 */
final class Browser {
  private static final long DEADLINE_SECONDS = 90;

  /**
   * A page as it was loaded.
   *
   * @param picture what one would see
   * @param console what its console says: errors, refused addresses
   */
  record Page(BufferedImage picture, List<String> console) {}

  private final Path directory;

  /** Skips the test where there is no browser. */
  Browser(Path directory) {
    this.directory = directory;
    boolean there =
        List.of(System.getenv("PATH").split(":")).stream()
            .anyMatch(bin -> Files.isExecutable(Path.of(bin, "chromium")));
    if (!there) {
      PrivateMounts.missing("chromium (package chromium)");
    }
  }

  /** Loads a file and takes its picture. */
  Page load(Path file, int width, int height, boolean dark)
      throws IOException, InterruptedException {
    Path own = Files.createTempDirectory(directory, "browser");
    Path picture = own.resolve("page.png");
    Path said = own.resolve("said");
    List<String> command =
        new ArrayList<>(
            List.of(
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--hide-scrollbars",
                "--enable-logging=stderr",
                "--user-data-dir=" + own.resolve("profile"),
                "--blink-settings=preferredColorScheme=" + (dark ? 0 : 1),
                "--window-size=" + width + "," + height,
                "--screenshot=" + picture,
                file.toUri().toString()));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    try {
      assertTrue(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS), "the browser ends in time");
      assertEquals(0, process.exitValue(), Files.readString(said, StandardCharsets.UTF_8));
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    List<String> console =
        Files.readString(said, StandardCharsets.UTF_8)
            .lines()
            .filter(line -> line.contains("CONSOLE"))
            .toList();
    return new Page(ImageIO.read(picture.toFile()), console);
  }
}

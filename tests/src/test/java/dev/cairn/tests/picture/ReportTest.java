package dev.cairn.tests.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Cli;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report of a known chain, as a browser shows it. */
class ReportTest {
  private final Path directory;
  private final Cli cairn;

  ReportTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    cairn = new KnownWrites(directory).cairn();
  }

  private Path report(int exit, String... options) {
    Path file = directory.resolve("report.html");
    Stream<String> command = Stream.of("report", "vm", "-o", file.toString());
    cairn.run(exit, Stream.concat(command, Stream.of(options)).toArray(String[]::new));
    return file;
  }

  @Test
  void aBrowserShowsItLightAndDarkAndLoadsNothing() throws Exception {
    Browser browser = new Browser(directory);
    cairn.run(0, "merge", "vm");
    Path file = report(0);
    for (boolean dark : new boolean[] {false, true}) {
      int width = dark ? 500 : 1280;
      Browser.Page page = browser.load(file, width, 1600, dark);
      assertEquals(List.of(), page.console());
      double light = lightness(page.picture());
      assertTrue(dark ? light < 0.25 : light > 0.75, "dark " + dark + ": " + light);
      assertTrue(colours(page.picture()) > 100, "it is drawn and written upon");
      assertEquals(width, page.picture().getWidth());
    }
  }

  /** The page's own policy refuses what somebody might sneak in, and the test sees it. */
  @Test
  void whatAPageLoadsOrRunsIsSeen() throws Exception {
    Browser browser = new Browser(directory);
    String page = Files.readString(report(0), StandardCharsets.UTF_8);
    Path other = directory.resolve("other.html");
    Files.writeString(
        other,
        page.replace(
            "</main>", "<img src=\"http://127.0.0.1:9/x.png\"><script>ran()</script></main>"));
    List<String> console = browser.load(other, 800, 600, false).console();
    assertTrue(console.stream().anyMatch(line -> line.contains("x.png")), console::toString);
    assertTrue(console.stream().anyMatch(line -> line.contains("script")), console::toString);
  }

  @Test
  void itSaysWhatTheChainIs() throws IOException {
    cairn.run(0, "pin", "vm@1");
    Path file = report(0);
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    String page = Files.readString(file, StandardCharsets.UTF_8);
    assertFalse(page.replace("http://www.w3.org/2000/svg", "").contains("://"), "no address");
    assertFalse(page.contains("<script"), "no script");
    assertTrue(page.contains("4 restore points"), page);
    assertTrue(page.contains("rom&lt;b&gt;&amp;") && !page.contains("<b>&"), "names are text");
    assertTrue(page.contains(">start<") && page.contains(">pinned<"), page);
    assertTrue(page.contains("No pauses are known"), page);
    assertTrue(page.contains("No point has a picture of its disks"), page);
    assertTrue(page.contains("No damage found"), page);
    String drawn = page.replaceAll("(?s).*aria-labelledby=\"stack-title\">(.*?)</svg>.*", "$1");
    assertTrue(drawn.contains("layer @3 draws 4 KiB of 000000000003-"), drawn);
    assertTrue(drawn.contains("base image @0 draws 8 KiB of 000000000000-"), drawn);
  }

  /**
   * One whole page for a chain in which nothing can be drawn, and for one whose data is damaged.
   */
  @Test
  void damageIsToldAndThePageIsWritten() throws IOException {
    Path base;
    try (Stream<Path> files = Files.walk(directory.resolve("store"))) {
      base = files.filter(path -> path.toString().endsWith(".base")).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(base);
    bytes[4096 + 17] ^= 1;
    Files.write(base, bytes);
    assertTrue(Files.readString(report(0)).contains("no page data"), "so it says");
    String page = Files.readString(report(4, "--verify"), StandardCharsets.UTF_8);
    assertFalse(page.contains("No damage found"), page);
    assertTrue(page.contains("cairn repair vm --dry-run"), page);
    assertTrue(page.contains(base.getFileName().toString()), page);
  }

  private static double lightness(BufferedImage picture) {
    double sum = 0;
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        sum += picture.getRGB(x, y) >> 8 & 0xff; // green is most of what an eye calls light
      }
    }
    return sum / 255 / picture.getWidth() / picture.getHeight();
  }

  private static int colours(BufferedImage picture) {
    Set<Integer> colours = new HashSet<>();
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        colours.add(picture.getRGB(x, y));
      }
    }
    return colours.size();
  }
}

package dev.cairn.tests.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Cli;
import dev.cairn.tests.Leftovers;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

/** What the heat map says of a chain of which every write is known. */
class HeatmapTest {
  private final Path directory;
  private final Cli cairn;

  HeatmapTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    cairn = new KnownWrites(directory).cairn();
  }

  private static String states(JsonNode map, int row) {
    StringBuilder text = new StringBuilder();
    map.get("rows")
        .get(row)
        .get("states")
        .forEach(state -> text.append(state.asText()).append(' '));
    return text.toString().strip();
  }

  @Test
  void eachCellIsWhatWasWrittenThere() {
    JsonNode map = cairn.json(0, "heatmap", "vm");
    assertEquals(4, map.get("columns").size());
    assertEquals(10, map.get("rows").size(), map::toString);
    assertEquals("base written kept written", states(map, 0));
    assertEquals("base kept zeroed kept", states(map, 1));
    assertEquals("absent absent absent absent", states(map, 2));
    assertEquals("absent written kept kept", states(map, 4));
    assertEquals(KnownWrites.ROM, map.get("rows").get(8).get("block").asText());
    assertEquals("absent absent absent absent", states(map, 8));
    assertEquals("absent absent absent not-there", states(map, 9));
    assertEquals(0, map.get("rows").get(8).get("offset").asLong(), "within its block");
    assertEquals(KnownWrites.PAGE, map.get("rows").get(9).get("offset").asLong());
    assertEquals("[0,1,0,1]", map.get("rows").get(0).get("written").toString());
    assertEquals("[0,0,1,0]", map.get("rows").get(1).get("zeros").toString());
  }

  @Test
  void mergingChangesNothing() {
    JsonNode before = cairn.json(0, "heatmap", "vm");
    cairn.run(0, "compact", "vm");
    assertEquals(before, cairn.json(0, "heatmap", "vm"));
  }

  @Test
  void whatAForgottenPointWroteCountsAtTheNext() {
    cairn.run(0, "pin", "vm@0");
    cairn.run(0, "forget", "vm", "--keep-last", "1");
    JsonNode map = cairn.json(0, "heatmap", "vm");
    assertEquals(2, map.get("columns").size());
    assertEquals(3, map.get("columns").get(1).get("first").asInt());
    assertEquals("base written", states(map, 0));
    assertEquals("base zeroed", states(map, 1));
    assertEquals("absent written", states(map, 4));
  }

  /** In a pipe, where nobody sees colours, and a log may know ASCII alone. */
  @Test
  void withoutAFileItIsText() {
    String text = cairn.run(0, "heatmap", "vm", "--ascii").out();
    assertFalse(text.contains("\u001b"), text);
    assertTrue(text.chars().allMatch(c -> c < 128), text);
    List<String> lines = text.lines().toList();
    assertEquals("ram            ||# #| 0 B", lines.get(1), text);
    assertEquals("               || o |", lines.get(2), text);
    assertEquals("               |.#  |", lines.get(5), text);
    assertEquals("rom<b>&        |....| 0 B", lines.get(9), text);
    assertEquals("               |... | 8 KiB", lines.get(10), text);
    assertTrue(text.contains("@0") && text.contains("@3"), text);
    String recent = cairn.run(0, "heatmap", "vm", "--ascii", "--by", "recent").out();
    assertEquals("ram            ||#*#| 0 B", recent.lines().toList().get(1), recent);
    assertEquals("               ||.oo|".replace('.', ' '), recent.lines().toList().get(2), recent);
  }

  @Test
  void aPngHasEveryStateInItsOwnColour() throws IOException {
    Set<Integer> light = colours("light.png");
    Set<Integer> dark = colours("dark.png", "--dark");
    assertTrue(
        light.containsAll(Set.of(0xfcfbf8, 0xf3f1eb, 0xe2ded4, 0xbdc7cc, 0x2f86b5, 0x3a0d2e)));
    assertTrue(
        dark.containsAll(Set.of(0x14161a, 0x1c1f25, 0x2d323a, 0x4c5a63, 0x49a5d6, 0xfdeeb5)));
    Leftovers.requireNone(directory.resolve("store"));
  }

  private Set<Integer> colours(String name, String... options) throws IOException {
    Path file = directory.resolve(name);
    String[] command = new String[4 + options.length];
    command[0] = "heatmap";
    command[1] = "vm";
    command[2] = "-o";
    command[3] = file.toString();
    System.arraycopy(options, 0, command, 4, options.length);
    assertTrue(cairn.run(0, command).out().contains(name));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    BufferedImage image = ImageIO.read(file.toFile());
    assertTrue(image.getWidth() > 480 && image.getHeight() > 200, image::toString);
    Set<Integer> colours = new TreeSet<>();
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        colours.add(image.getRGB(x, y) & 0xffffff);
      }
    }
    return colours;
  }

  @Test
  void anSvgIsXmlThatNamesNothingElsewhere() throws Exception {
    Path file = directory.resolve("map.svg");
    cairn.run(0, "heatmap", "vm", "--output", file.toString());
    String text = Files.readString(file, StandardCharsets.UTF_8);
    Document svg = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
    assertEquals("svg", svg.getDocumentElement().getTagName());
    assertEquals(4, svg.getElementsByTagName("image").getLength(), "two blocks, light and dark");
    String addresses = text.replace("http://www.w3.org/2000/svg", "");
    assertFalse(addresses.contains("://"), "no address");
  }

  @Test
  void whatCannotBeDrawnIsSaid() throws IOException {
    Path file = directory.resolve("map.gif");
    assertTrue(cairn.run(2, "heatmap", "vm", "-o", file.toString()).errors().contains(".png or"));
    assertTrue(cairn.run(2, "heatmap", "vm", "--by", "luck").errors().contains("often or recent"));
    assertTrue(cairn.run(10, "heatmap", "no").errors().contains("cairn list"));
    Path away = directory.resolve("away/map.png");
    assertTrue(cairn.run(1, "heatmap", "vm", "-o", away.toString()).errors().contains("mkdir -p"));
    assertFalse(Files.exists(file));
  }
}

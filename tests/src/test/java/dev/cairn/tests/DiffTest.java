package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code diff} and {@code show} say of changes that the test has made. */
class DiffTest {
  private static final int PAGE = 4096;
  private static final int RAM = 64;

  private final Path image;
  private final Cli cairn;
  private final byte[] memory = new byte[(RAM + 4) * PAGE];

  DiffTest(@TempDir Path directory) throws IOException {
    image = directory.resolve("image");
    cairn = new Cli(directory.resolve("store"));
    cairn.run(0, "init");
    new Random(4).nextBytes(memory);
    Arrays.fill(memory, 40 * PAGE, RAM * PAGE, (byte) 0);
    point();
    for (int page = 0; page < 30; page += 2) {
      memory[page * PAGE]++;
    }
    memory[31 * PAGE + 9] = (byte) (memory[31 * PAGE + 9] ^ 0xff);
    Arrays.fill(memory, 33 * PAGE, 35 * PAGE, (byte) 0);
    memory[50 * PAGE + 100] = 'x';
    memory[RAM * PAGE] ^= 1;
    point();
  }

  private void point() throws IOException {
    Files.write(image, memory);
    String rom = "0000:00:02.0/vga.rom=" + 4 * PAGE;
    String[] command = {
      "checkpoint", "vm", "--from", "raw:" + image, "--block", "ram=" + RAM * PAGE, "--block", rom
    };
    cairn.run(0, command);
  }

  @Test
  void rangesAreListedByBlock() {
    List<String> lines = cairn.run(0, "diff", "vm@0", "vm@1").out().lines().toList();
    assertEquals("ram                                  19 pages changed", lines.get(0));
    assertEquals("    page 0, 1 page", lines.get(1));
    assertEquals("    and 6 more ranges; see --ranges", lines.get(13));
    assertEquals("0000:00:02.0/vga.rom                  1 page changed", lines.get(14));
    String all = cairn.run(0, "diff", "vm@0", "vm@1", "--ranges").out();
    assertTrue(all.contains("    page 33, 2 pages\n    page 50, 1 page\n"), all);
    JsonNode json = cairn.json(0, "diff", "vm@0", "vm@1");
    assertEquals(19, json.get("blocks").get(0).get("pages").asInt());
    assertEquals(2, json.get("blocks").get(0).get("zeroPages").asInt());
    assertEquals("[33,2]", json.get("blocks").get(0).get("ranges").get(16).toString());
    assertEquals(1, cairn.json(0, "diff", "vm@1", "vm@0").at("/blocks/0/zeroPages").asInt());
  }

  @Test
  void statHasBarsAsGitDoes() {
    assertEquals(
        """
         ram                  | 19 +++++++++++++++++--
         0000:00:02.0/vga.rom |  1 +
         2 blocks changed, 20 pages (80.0 KiB), 2 of them to zero(-)
        """,
        cairn.run(0, "diff", "vm@0", "vm@1", "--stat").out());
    assertEquals(
        " 0 blocks changed, 0 pages (0 B)\n", cairn.run(0, "diff", "vm", "vm", "--stat").out());
  }

  @Test
  void aPointIsShownWithWhatItWrote() throws IOException {
    String shown = cairn.run(0, "show", "vm@1").out();
    assertTrue(
        shown.endsWith(
            """

             ram                  | 19 +++++++++++++++++--
             0000:00:02.0/vga.rom |  1 +
             2 blocks changed, 20 pages (80.0 KiB), 2 of them to zero(-)
            """),
        shown);
    JsonNode before = cairn.json(0, "show", "vm@1").get("written");
    assertEquals(19, before.get(0).get("pages").asInt());
    cairn.run(0, "compact", "vm");
    assertEquals(before, cairn.json(0, "show", "vm@1").get("written"), "merged or not");
    memory[5 * PAGE]++;
    point();
    cairn.run(0, "compact", "vm");
    assertEquals(1, cairn.json(0, "show", "vm@2").at("/written/0/pages").asInt());
    assertEquals(40, cairn.json(0, "show", "vm@0").at("/written/0/pages").asInt());
  }

  @Test
  void aPageIsShownSideBySide() {
    List<String> lines =
        cairn.run(0, "diff", "vm@0", "vm@1", "--pages", "ram:31").out().lines().toList();
    assertEquals("ram:31: @0 | @1", lines.get(0));
    assertEquals(5, lines.size(), lines::toString);
    assertEquals("...", lines.get(4));
    String changed = lines.get(2);
    assertTrue(
        changed.matches("00008( [0-9a-f]{2})\\*[0-9a-f]{2}( [0-9a-f]{2}){6}  .{8} \\|.*"), changed);
    assertTrue(changed.length() <= 80, changed);
    JsonNode json = cairn.json(0, "diff", "vm@0", "vm@1", "--pages", "ram:0x32");
    assertEquals("[[100,1]]", json.get("changed").toString());
    assertEquals(50, json.get("page").asInt());
    assertEquals("78", json.get("contentB").asText().substring(200, 202));
    String rom = cairn.run(0, "diff", "vm@0", "vm@1", "--pages", "0000:00:02.0/vga.rom:1").out();
    assertTrue(rom.endsWith("the same\n"), rom);
    String far = cairn.run(0, "diff", "vm@0", "vm@1", "--pages", "ram:64").out();
    assertTrue(far.contains("(not there)"), far);
    assertTrue(
        cairn.run(10, "diff", "vm@0", "vm@1", "--pages", "rum:1").errors().contains("ram, 0000"));
    assertTrue(
        cairn.run(2, "diff", "vm@0", "vm@1", "--pages", "ram").errors().contains("BLOCK:PAGE"));
  }
}

package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people get who ask. */
class HelpTest {
  private static final List<String> COMMANDS =
      List.of(
          "init checkpoint capture list show diff stats heatmap report restore merge compact forget pin label fork copy"
              .concat(" verify repair reindex help completion demo bench serve send limit-rate")
              .split(" "));

  private final Cli cairn;

  HelpTest(@TempDir Path directory) {
    cairn = new Cli(directory.resolve("store"));
  }

  @Test
  void allCommandsAndExitCodesAreListed() {
    String all = cairn.run(0, "help").out();
    assertEquals(all, cairn.run(0, "--help").out());
    assertEquals(all, cairn.run(0, "-h").out());
    for (String command : COMMANDS) {
      assertTrue(all.matches("(?s).*\n  " + command + "[ ,].*"), command + " in " + all);
    }
    for (int code : new int[] {0, 1, 2, 4, 6, 10, 11, 130, 141}) {
      assertTrue(all.matches("(?s).*\n +" + code + " .*"), code + " in " + all);
    }
  }

  @Test
  void eachCommandSaysWhatItDoes() {
    for (String command : COMMANDS) {
      String asked = cairn.run(0, "help", command).out();
      assertTrue(asked.contains("cairn " + command), asked);
      assertEquals(asked, cairn.run(0, command, "--help").out());
      assertEquals(asked, cairn.run(0, command, "-h").out());
    }
    String forget = cairn.run(0, "help", "forget").out().replaceAll("\\s+", " ");
    assertTrue(forget.contains("of each of the last N days that have one, in local time"), forget);
    Cli.Said said = cairn.run(2, "help", "brew");
    assertEquals("", said.out());
    assertTrue(said.errors().contains("cairn help"), said.errors());
  }

  @Test
  void helpErrorsSaysForEachExitCodeWhatIsNext() {
    String all = cairn.run(0, "help", "errors").out();
    for (int code : new int[] {1, 2, 3, 4, 6, 7, 10, 11, 130}) {
      assertTrue(all.matches("(?s).*\n +" + code + "  \\S.*"), code + " in " + all);
    }
    assertTrue(all.contains("…no space left…"), all);
    String rows = cairn.run(0, "--json", "help", "errors").out();
    assertTrue(rows.lines().count() > 40, rows);
    assertTrue(
        rows.lines().allMatch(row -> row.startsWith("{\"exit\":") && row.contains("\"next\":")),
        rows);
  }

  /** On the same line, as scripts and people read one; the command that failed is named. */
  @Test
  void anErrorSaysWhatIsNext() {
    String absent = cairn.run(10, "list").errors();
    assertFalse(absent.contains("next: "), "it says so itself: " + absent);
    cairn.run(0, "init");
    String usage = cairn.run(2, "list", "--since", "noon").errors();
    assertTrue(usage.endsWith("; next: cairn help list\n"), usage);
    String row = cairn.run(2, "--log-json", "list", "--since", "noon").errors();
    assertTrue(row.contains("\"next\":\"cairn help list\""), row);
    assertFalse(row.contains("; next: "), row);
  }
}

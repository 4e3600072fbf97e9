package dev.cairn.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which commands are there for some words. */
class CommandsTest {
  private static Set<String> of(String... words) {
    return Commands.of(new RootCommand(), words).getSubcommands().keySet();
  }

  private static final Set<String> LIST = Set.of("list", "log", "ls", "snapshots");

  @Test
  void aCommandThatIsNamedIsThereAlone() {
    assertEquals(LIST, of("--store", "s", "--json", "list", "vm"));
    assertEquals(LIST, of("log"));
    assertEquals(Set.of("diff"), of("diff", "vm@1", "vm@1"));
  }

  /** The store, or the chain, is called like a command. */
  @Test
  void whateverAWordMayMeanIsThere() {
    assertEquals(
        Set.of("show", "merge", "list", "log", "ls", "snapshots"),
        of("--store", "list", "show", "merge"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "lits",
        "help",
        "help list",
        "completion",
        "list --help",
        "list -qh",
        "list @words"
      })
  void allAreThereWhereTheWordsDoNotTell(String words) {
    Set<String> all = of(words.split(" "));
    assertTrue(all.size() > 25, () -> words + ": " + all);
    assertTrue(all.containsAll(Set.of("help", "list", "capture", "bench")), all::toString);
  }
}

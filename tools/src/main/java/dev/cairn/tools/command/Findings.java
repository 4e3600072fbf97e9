package dev.cairn.tools.command;

import dev.cairn.chain.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What checkers find: a line for people as it comes, rows for machines at the end. */
final class Findings {
  private final Console console;
  private final List<Map<String, Object>> rows = new ArrayList<>();

  Findings(Console console) {
    this.console = console;
  }

  /** Returns a listener for one chain. */
  Consumer<Finding> of(String chain) {
    return finding -> {
      console.line(
          "%s/%s: %s at offset %d: expected %s, found %s",
          chain,
          finding.file(),
          finding.what(),
          finding.offset(),
          finding.expected(),
          finding.actual());
      rows.add(
          Map.of(
              "chain",
              chain,
              "file",
              finding.file(),
              "what",
              finding.what(),
              "offset",
              finding.offset(),
              "expected",
              finding.expected(),
              "actual",
              finding.actual()));
    };
  }

  int count() {
    return rows.size();
  }

  List<Map<String, Object>> rows() {
    return List.copyOf(rows);
  }
}

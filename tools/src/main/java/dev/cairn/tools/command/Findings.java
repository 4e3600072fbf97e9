package dev.cairn.tools.command;

import dev.cairn.chain.Finding;
import dev.cairn.store.CorruptFileException;
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
    return finding -> add(chain, chain + "/" + finding.file(), finding);
  }

  /** Takes what is wrong with the store, and with no chain. */
  void ofStore(CorruptFileException damage) {
    add("", damage.file(), Finding.of(damage));
  }

  private void add(String chain, String path, Finding finding) {
    console.line(
        "%s: %s at offset %d: expected %s, found %s",
        path, finding.what(), finding.offset(), finding.expected(), finding.actual());
    rows.add(
        Fields.of("chain", chain)
            .and("file", finding.file())
            .and("what", finding.what())
            .and("offset", finding.offset())
            .and("expected", finding.expected())
            .and("actual", finding.actual())
            .map());
  }

  int count() {
    return rows.size();
  }

  List<Map<String, Object>> rows() {
    return List.copyOf(rows);
  }
}

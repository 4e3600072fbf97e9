package dev.cairn.tools.command;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/** Gathers what {@code status} tells: a line for people, a row for machines. Not thread-safe. */
final class StatusReport {
  private static final String FORMAT = "%-11s %-28s %s";

  /** What there can be, and its field for machines, in the order in which it is told. */
  enum Kind {
    SERVE("serve", "servers"),
    CAPTURE("capture", "captures"),
    COMING("coming", "coming"),
    RESUME("resume", "resumes"),
    DOOR("uffd-serve", "doors"),
    MERGE("merge", "merges"),
    HOLD("hold", "holds"),
    NEWEST("newest", "chains");

    private final String word;
    private final String field;

    Kind(String word, String field) {
      this.word = word;
      this.field = field;
    }
  }

  private record Entry(Kind kind, String line, Map<String, Object> row) {}

  private final List<Entry> entries = new ArrayList<>();

  /**
   * Takes one thing.
   *
   * @param of the point or chain that it is about
   * @param text for people
   * @param row for machines
   */
  void add(Kind kind, String of, String text, Fields row) {
    entries.add(
        new Entry(kind, String.format(Locale.ROOT, FORMAT, kind.word, of, text), row.map()));
  }

  /** Tells all. */
  void tell(Console console, List<String> failedChains) {
    console.line(FORMAT, "WHAT", "OF", "HOW");
    Map<String, Object> result = new LinkedHashMap<>();
    for (Kind kind : Kind.values()) {
      List<Entry> its = entries.stream().filter(entry -> entry.kind == kind).toList();
      console.lines(its.stream().map(Entry::line).toList());
      result.put(kind.field, its.stream().map(Entry::row).toList());
    }
    result.put("failedChains", failedChains);
    console.object(result);
  }

  /** Returns a process as people read of it. */
  static String by(OptionalLong process) {
    return process.isPresent() ? "process " + process.getAsLong() : "no process that is seen here";
  }

  /** Adds a process; its field is null if there is none. */
  static Fields with(Fields row, OptionalLong process) {
    return row.and("process", process.isPresent() ? process.getAsLong() : null);
  }
}

package dev.cairn.tools.command;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** {@code cairn help errors}: the table of {@link NextSteps}. Stateless. */
final class ErrorsHelp {
  static final String WORD = "errors";

  private static final int SAID = 38;
  private static final int LEAST_NEXT = 30;
  private static final String FORMAT = "%4s  %-" + SAID + "s  %s";

  private ErrorsHelp() {}

  static void tell(Console console) {
    List<String> lines = new ArrayList<>();
    lines.add("An error is one line on standard error: cairn: what is wrong; next: what to do.");
    lines.add(
        "Where a line does not say itself what is next, the first of these that fits counts.");
    lines.add("");
    lines.add(row("EXIT", "WHAT IS SAID", "NEXT"));
    int wide = Math.max(Console.width() - SAID - 8, LEAST_NEXT);
    for (NextStep step : sorted()) {
      lines.addAll(rows(step, wide));
      console.object(
          Fields.of("exit", step.exit())
              .and("said", step.lines())
              .and("commands", step.commands())
              .and("next", step.next())
              .map());
    }
    console.lines(lines);
  }

  /** Returns the rows by exit code, and of each code as they are looked at. */
  private static List<NextStep> sorted() {
    return NextSteps.all().stream().sorted(Comparator.comparingInt(NextStep::exit)).toList();
  }

  private static List<String> rows(NextStep step, int wide) {
    List<String> said = step.lines().stream().flatMap(line -> wrap(line, SAID).stream()).toList();
    List<String> next = wrap(step.next(), wide);
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < Math.max(said.size(), next.size()); i++) {
      rows.add(
          row(
              i == 0 ? Integer.toString(step.exit()) : "",
              i < said.size() ? said.get(i) : "",
              i < next.size() ? next.get(i) : ""));
    }
    return rows;
  }

  private static String row(String exit, String said, String next) {
    return String.format(Locale.ROOT, FORMAT, exit, said, next).stripTrailing();
  }

  /** Breaks a text between words. */
  static List<String> wrap(String text, int wide) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > wide) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}

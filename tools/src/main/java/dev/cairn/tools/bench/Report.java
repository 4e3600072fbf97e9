package dev.cairn.tools.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Writes a run down for people who were not there, as Markdown. Stateless. */
public final class Report {
  private Report() {}

  /**
   * Returns the text.
   *
   * @param picture the name of the plot beside it
   */
  public static String markdown(Results results, Optional<String> picture) {
    StringBuilder text = new StringBuilder();
    text.append("# Benchmarks\n\n");
    text.append("The last full run; this page is written by the command below, and by nobody's");
    text.append(" hand.\n\n");
    text.append("    ").append(results.command()).append("\n\n");
    text.append("- ").append(results.start()).append('\n');
    for (String line : results.machine().lines()) {
      text.append("- ").append(line).append('\n');
    }
    text.append("- results: ").append(summary(results)).append("\n\n");
    text.append(
        """
        A time means nothing by itself: each figure stands beside a floor, or another program, of
        the same run, with which it took turns; both are medians of at least five. Times are warm
        (all files in the page cache) unless a row says cold (dropped from it by POSIX_FADV_DONTNEED).
        *Ratio* is measured ÷ floor, of rates as of times, or the number that the bar is about.
        The load above is that of the minute before: what else ran meanwhile met both alike, but it
        widens what a single row can say.

        """);
    picture.ifPresent(name -> text.append("![The same as a picture](" + name + ")\n\n"));
    Map<String, List<Row>> works = new LinkedHashMap<>();
    for (Results.Entry entry : results.entries()) {
      works.computeIfAbsent(entry.work(), _ -> new ArrayList<>()).add(entry.row());
    }
    works.forEach((work, rows) -> table(text, work, rows));
    return text.toString();
  }

  private static String summary(Results results) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (Row.Verdict verdict : List.of(Row.Verdict.MET, Row.Verdict.MISSED)) {
      int count =
          (int)
              results.entries().stream().filter(entry -> entry.row().verdict() == verdict).count();
      counts.put(verdict.word(), count);
    }
    return String.format(
        Locale.ROOT, "%d bars met, %d missed", counts.get("met"), counts.get("missed"));
  }

  private static void table(StringBuilder text, String work, List<Row> rows) {
    text.append("## ").append(work).append("\n\n");
    text.append("| work | measured | floor | ratio | bar | result |\n");
    text.append("|---|---:|---:|---:|---:|---|\n");
    for (Row row : rows) {
      text.append("| ")
          .append(escaped(row.work()))
          .append(" | ")
          .append(escaped(row.measured()))
          .append(" | ")
          .append(escaped(row.floor()))
          .append(" | ")
          .append(row.ratioText())
          .append(" | ")
          .append(row.bar().map(Row.Bar::text).orElse(""))
          .append(" | ")
          .append(row.verdict() == Row.Verdict.MISSED ? "**missed**" : row.verdict().word())
          .append(" |\n");
    }
    text.append('\n');
  }

  /** What belongs to the row above keeps its place. */
  private static String escaped(String text) {
    String shown = text.startsWith("  ") ? "· " + text.strip() : text;
    return shown.replace("|", "\\|");
  }
}

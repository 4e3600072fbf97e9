package dev.cairn.tools.bench;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One line of the table. Immutable.
 *
 * @param work what was done
 * @param measured what it took
 * @param floor what the same machine needs for the bare minimum, in the same run; empty for none
 * @param ratio of both as the bar counts it; or the number that the bar is about
 * @param bar what is asked for; empty if nothing is
 * @param verdict whether it is reached
 * @param more fields for machines
 */
public record Row(
    String work,
    String measured,
    String floor,
    double ratio,
    Optional<Bar> bar,
    Verdict verdict,
    Map<String, Object> more) {
  public Row {
    more = Collections.unmodifiableMap(new LinkedHashMap<>(more));
  }

  /**
   * A number that must not be exceeded, or must be reached. Immutable.
   *
   * @param isMost of both the first
   */
  public record Bar(boolean isMost, double value) {
    /** Returns it as the table has it. */
    public String text() {
      return (isMost ? "≤ " : "≥ ") + number(value);
    }

    boolean isMet(double ratio) {
      return isMost ? ratio <= value : ratio >= value;
    }

    /** Returns how much of it is used: above 1 it is missed. */
    double used(double ratio) {
      return isMost ? ratio / value : value / ratio;
    }
  }

  /** Whether a bar is reached. */
  public enum Verdict {
    MET("met"),
    MISSED("missed"),
    /** Nothing is asked for, or it could not be measured. */
    NONE("-");

    private final String word;

    Verdict(String word) {
      this.word = word;
    }

    /** Returns it as the table has it. */
    public String word() {
      return word;
    }
  }

  private static final String FORMAT = "%-62s %14s %14s %8s  %-10s %s";

  /** Makes a row whose number must not be above its bar. */
  public static Row atMost(String work, String measured, String floor, double ratio, double bar) {
    return of(work, measured, floor, ratio, new Bar(true, bar));
  }

  /** Makes a row whose number must not be below its bar. */
  public static Row atLeast(String work, String measured, String floor, double ratio, double bar) {
    return of(work, measured, floor, ratio, new Bar(false, bar));
  }

  private static Row of(String work, String measured, String floor, double ratio, Bar bar) {
    Verdict verdict = bar.isMet(ratio) ? Verdict.MET : Verdict.MISSED;
    return new Row(work, measured, floor, ratio, Optional.of(bar), verdict, Map.of());
  }

  /** Makes a row that only tells. */
  public static Row note(String work, String measured) {
    return new Row(work, measured, "", Double.NaN, Optional.empty(), Verdict.NONE, Map.of());
  }

  /** Makes a row that tells a number beside another one, and asks for nothing. */
  static Row beside(String work, String measured, String floor, double ratio) {
    return new Row(work, measured, floor, ratio, Optional.empty(), Verdict.NONE, Map.of());
  }

  /** Returns the same with more fields for machines. */
  Row with(Map<String, Object> fields) {
    return new Row(work, measured, floor, ratio, bar, verdict, fields);
  }

  /** Makes a row for a bar that asks for a cold cache, where files stay in memory. */
  static Row notCold(String work) {
    return note(work, "not measured: the files stay in memory here");
  }

  /** Returns the line above all rows. */
  public static String heading() {
    return String.format(
        Locale.ROOT, FORMAT, "WORK", "MEASURED", "FLOOR", "RATIO", "BAR", "RESULT");
  }

  /** Returns the row for people. */
  public String text() {
    return String.format(
        Locale.ROOT, FORMAT, work, measured, floor, ratioText(), barText(), verdict.word);
  }

  /** Returns the ratio for people; empty if there is none. */
  String ratioText() {
    return Double.isNaN(ratio) ? "" : number(ratio);
  }

  private String barText() {
    return bar.map(Bar::text).orElse("");
  }

  /** Returns the row for machines. */
  public Map<String, Object> json(String bench, String part) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("message_type", "row");
    row.put("bench", bench);
    row.put("part", part);
    row.put("work", work);
    row.put("measured", measured);
    row.put("floor", floor);
    if (!Double.isNaN(ratio)) {
      row.put("ratio", ratio);
    }
    row.put("bar", barText());
    row.put("result", verdict.word);
    row.putAll(more);
    return row;
  }

  private static String number(double value) {
    return value >= 100 || value == Math.rint(value)
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.format(Locale.ROOT, "%.3f", value);
  }
}

package dev.cairn.tools.bench;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One line of the table. Immutable.
 *
 * @param work what was done
 * @param measured what it took
 * @param floor what the same machine needs for the bare minimum, in the same run; empty for none
 * @param ratio of both as the bar counts it; or the number that the bar is about
 * @param bar what is asked for
 * @param verdict whether it is reached
 * @param more fields for machines
 */
public record Row(
    String work,
    String measured,
    String floor,
    double ratio,
    String bar,
    Verdict verdict,
    Map<String, Object> more) {
  public Row {
    more = Collections.unmodifiableMap(new LinkedHashMap<>(more));
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
    return new Row(
        work, measured, floor, ratio, "≤ " + number(bar), verdict(ratio <= bar), Map.of());
  }

  /** Makes a row whose number must not be below its bar. */
  public static Row atLeast(String work, String measured, String floor, double ratio, double bar) {
    return new Row(
        work, measured, floor, ratio, "≥ " + number(bar), verdict(ratio >= bar), Map.of());
  }

  /** Makes a row that only tells. */
  public static Row note(String work, String measured) {
    return new Row(work, measured, "", Double.NaN, "", Verdict.NONE, Map.of());
  }

  /** Makes a row that tells a number beside another one, and asks for nothing. */
  static Row beside(String work, String measured, String floor, double ratio) {
    return new Row(work, measured, floor, ratio, "", Verdict.NONE, Map.of());
  }

  /** Returns the same with more fields for machines. */
  Row with(Map<String, Object> fields) {
    return new Row(work, measured, floor, ratio, bar, verdict, fields);
  }

  /** Makes a row for a bar that asks for a cold cache, where files stay in memory. */
  static Row notCold(String work) {
    return note(work, "not measured: the files stay in memory here");
  }

  private static Verdict verdict(boolean met) {
    return met ? Verdict.MET : Verdict.MISSED;
  }

  /** Returns the line above all rows. */
  public static String heading() {
    return String.format(
        Locale.ROOT, FORMAT, "WORK", "MEASURED", "FLOOR", "RATIO", "BAR", "RESULT");
  }

  /** Returns the row for people. */
  public String text() {
    String shown = Double.isNaN(ratio) ? "" : number(ratio);
    return String.format(Locale.ROOT, FORMAT, work, measured, floor, shown, bar, verdict.word);
  }

  /** Returns the row for machines. */
  public Map<String, Object> json(String bench) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("message_type", "row");
    row.put("bench", bench);
    row.put("work", work);
    row.put("measured", measured);
    row.put("floor", floor);
    if (!Double.isNaN(ratio)) {
      row.put("ratio", ratio);
    }
    row.put("bar", bar);
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

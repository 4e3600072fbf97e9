package dev.cairn.transport.serve;

import java.util.Locale;

/** Text in the format that Prometheus reads, version 0.0.4. Not thread-safe. */
public final class Exposition {
  /** The Content-Type of it. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder text = new StringBuilder();

  /** Makes an empty text. */
  public Exposition() {}

  /** Begins a metric that goes up and down. */
  public Exposition gauge(String name, String help) {
    return begin(name, help, "gauge");
  }

  /** Begins a metric that only grows. */
  public Exposition counter(String name, String help) {
    return begin(name, help, "counter");
  }

  /** Begins a metric with quantiles, a sum and a count. */
  public Exposition summary(String name, String help) {
    return begin(name, help, "summary");
  }

  private Exposition begin(String name, String help, String type) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    return this;
  }

  /** Adds a value without labels. */
  public Exposition value(String name, long value) {
    text.append(name).append(' ').append(value).append('\n');
    return this;
  }

  /**
   * Adds a value.
   *
   * @param label name of its one label
   */
  public Exposition value(String name, String label, String labelValue, double value) {
    text.append(name).append('{');
    return label(label, labelValue).end(value);
  }

  /** Adds a value with two labels. */
  public Exposition value(
      String name,
      String label,
      String labelValue,
      String second,
      String secondValue,
      double value) {
    text.append(name).append('{');
    label(label, labelValue);
    text.append(',');
    return label(second, secondValue).end(value);
  }

  private Exposition label(String name, String value) {
    text.append(name).append("=\"");
    text.append(value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"));
    text.append('"');
    return this;
  }

  private Exposition end(double value) {
    text.append("} ").append(number(value)).append('\n');
    return this;
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%.6f", value);
  }

  /** Returns the text. */
  @Override
  public String toString() {
    return text.toString();
  }
}

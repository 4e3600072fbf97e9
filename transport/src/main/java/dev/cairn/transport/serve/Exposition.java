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
    text.append(name).append('{').append(label).append("=\"");
    text.append(labelValue.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"));
    text.append("\"} ").append(number(value)).append('\n');
    return this;
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%.3f", value);
  }

  /** Returns the text. */
  @Override
  public String toString() {
    return text.toString();
  }
}

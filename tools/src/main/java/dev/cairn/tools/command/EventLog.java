package dev.cairn.tools.command;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What a service tells of what happens: a line each on standard error, or an object. So many that
 * nobody could read them, as from a peer that knocks again and again, are counted. Thread-safe.
 */
final class EventLog {
  static final int MOST_LINES = 30;
  private static final long SPAN_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Console console;
  private final LongSupplier nanoTime;
  private long spanBegan;
  private int lines;
  private long leftOut;

  EventLog(Console console, LongSupplier nanoTime) {
    this.console = console;
    this.nanoTime = nanoTime;
    this.spanBegan = nanoTime.getAsLong();
  }

  /** Tells of something. */
  synchronized void event(String text) {
    long now = nanoTime.getAsLong();
    if (now - spanBegan >= SPAN_NANOS) {
      spanBegan = now;
      lines = 0;
      if (leftOut > 0) {
        say(leftOut + " more events of the last while are not told");
        leftOut = 0;
      }
    }
    if (lines++ < MOST_LINES) {
      say(text);
    } else {
      leftOut++;
    }
  }

  private void say(String text) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("message_type", "event");
    row.put("text", text);
    console.object(row);
    console.event(text);
  }
}

package dev.cairn.tools.command;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A length of time as a person gives it: 100ms, 1.5s, 2m, 1h. */
final class Durations {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,9})(\\.[0-9]{1,3})?(ms|s|m|h)");

  private Durations() {}

  /** Reads one; empty if it is none. */
  static Optional<Duration> parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    long millis =
        switch (parts.group(3)) {
          case "ms" -> 1;
          case "s" -> 1_000;
          case "m" -> 60_000;
          default -> 3_600_000;
        };
    String fraction = parts.group(2) == null ? ".0" : parts.group(2);
    double number = Double.parseDouble(parts.group(1) + fraction);
    return Optional.of(Duration.ofNanos(Math.round(number * millis * 1e6)));
  }

  /** Returns one as people read it. */
  static String text(Duration time) {
    double seconds = time.toNanos() / 1e9;
    if (seconds < 1) {
      return Math.round(seconds * 1000) + "ms";
    }
    return seconds < 90
        ? String.format(Locale.ROOT, "%.1fs", seconds)
        : Math.round(seconds / 60) + "m";
  }
}

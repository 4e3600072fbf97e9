package dev.cairn.tools.command;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A number of bytes as a person gives it: 4096, 64K, 256M, 2GiB. */
final class ByteSize {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,15})(?:([KMG])(?:i?B)?)?");

  private ByteSize() {}

  /** Reads one; empty if it is none. More than a long holds is the most that it holds. */
  static Optional<Long> parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    String unit = parts.group(2);
    long bytes = unit == null ? 1 : 1L << (10 + 10 * "KMG".indexOf(unit));
    long number = Long.parseLong(parts.group(1));
    return Optional.of(number > Long.MAX_VALUE / bytes ? Long.MAX_VALUE : number * bytes);
  }
}

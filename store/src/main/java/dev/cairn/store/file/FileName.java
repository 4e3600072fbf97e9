package dev.cairn.store.file;

import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file's identity as its name tells it. Immutable.
 *
 * @param kind its suffix
 * @param first first checkpoint covered
 * @param last last checkpoint covered; of a base image the same as {@code first}
 * @param fileId random, never used twice
 */
public record FileName(FileKind kind, long first, long last, long fileId) {
  private static final Pattern BASE = Pattern.compile("([0-9]{12,19})-([0-9a-f]{16})\\.base");
  private static final Pattern RANGE =
      Pattern.compile("([0-9]{12,19})-([0-9]{12,19})-([0-9a-f]{16})\\.(layer|pages)");

  private static final String MOST = Long.toString(Long.MAX_VALUE);

  public FileName {
    if (first < 0 || last < first || (kind == FileKind.BASE && first != last)) {
      throw new IllegalArgumentException(kind + " of checkpoints " + first + ".." + last);
    }
  }

  /** Returns the name in the file system. */
  public String text() {
    String range = kind == FileKind.BASE ? number(first) : number(first) + "-" + number(last);
    return range + "-" + HexFormat.of().toHexDigits(fileId) + "." + kind.suffix();
  }

  /** Returns twelve digits or more. A commit makes hundreds of names: no formatter. */
  private static String number(long checkpoint) {
    String digits = Long.toString(checkpoint);
    return "0".repeat(Math.max(0, 12 - digits.length())) + digits;
  }

  /** Returns the name under which the file is written. */
  public String temporary() {
    return HexFormat.of().toHexDigits(fileId) + ".tmp";
  }

  /** Reads a name; empty if it is not one that {@link #text} would give. */
  public static Optional<FileName> parse(String text) {
    Matcher base = BASE.matcher(text);
    if (base.matches()) {
      return exact(FileKind.BASE, base.group(1), base.group(1), base.group(2), text);
    }
    Matcher range = RANGE.matcher(text);
    if (!range.matches()) {
      return Optional.empty();
    }
    return FileKind.ofSuffix(range.group(4))
        .flatMap(kind -> exact(kind, range.group(1), range.group(2), range.group(3), text));
  }

  private static Optional<FileName> exact(
      FileKind kind, String first, String last, String fileId, String text) {
    if (isAboveMost(first) || isAboveMost(last) || Long.parseLong(last) < Long.parseLong(first)) {
      return Optional.empty();
    }
    FileName name =
        new FileName(
            kind, Long.parseLong(first), Long.parseLong(last), Long.parseUnsignedLong(fileId, 16));
    return name.text().equals(text) ? Optional.of(name) : Optional.empty();
  }

  /** Tells whether up to 19 digits are a number above the highest checkpoint, 2^63 - 1. */
  private static boolean isAboveMost(String digits) {
    return digits.length() == MOST.length() && digits.compareTo(MOST) > 0;
  }

  @Override
  public String toString() {
    return text();
  }
}

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
  private static final Pattern BASE = Pattern.compile("([0-9]{12,18})-([0-9a-f]{16})\\.base");
  private static final Pattern RANGE =
      Pattern.compile("([0-9]{12,18})-([0-9]{12,18})-([0-9a-f]{16})\\.(layer|pages)");

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
      long at = Long.parseLong(base.group(1));
      return exact(
          new FileName(FileKind.BASE, at, at, Long.parseUnsignedLong(base.group(2), 16)), text);
    }
    Matcher range = RANGE.matcher(text);
    if (!range.matches()) {
      return Optional.empty();
    }
    long first = Long.parseLong(range.group(1));
    long last = Long.parseLong(range.group(2));
    long fileId = Long.parseUnsignedLong(range.group(3), 16);
    return last < first
        ? Optional.empty()
        : FileKind.ofSuffix(range.group(4))
            .flatMap(kind -> exact(new FileName(kind, first, last, fileId), text));
  }

  private static Optional<FileName> exact(FileName name, String text) {
    return name.text().equals(text) ? Optional.of(name) : Optional.empty();
  }

  @Override
  public String toString() {
    return text();
  }
}

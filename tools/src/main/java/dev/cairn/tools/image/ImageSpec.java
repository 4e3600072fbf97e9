package dev.cairn.tools.image;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An image as a person names it: {@code FORMAT:PATH}, of a mapped-ram file also {@code
 * mapped-ram:PATH,offset=N}, as QEMU names one whose stream begins within a file. Immutable.
 *
 * @param format of the file
 * @param path the file
 * @param offset where in it the image begins, bytes; empty if nobody has said
 */
public record ImageSpec(Format format, Path path, OptionalLong offset) {
  /** What a person may type. */
  public static final String FORMS = "mapped-ram:PATH, raw:PATH, sparse:PATH or firecracker:PATH";

  private static final Pattern WITHIN =
      Pattern.compile("(?<path>.+),offset=(?:0x(?<hex>[0-9a-fA-F]{1,15})|(?<plain>[0-9]{1,18}))");

  /** The formats that Cairn reads and writes. */
  public enum Format {
    /** QEMU's mapped-ram migration file. */
    MAPPED_RAM("mapped-ram"),
    /** Memory and nothing else, block after block. */
    RAW("raw"),
    /** The same, where a hole is a page that did not change. */
    SPARSE("sparse"),
    /** Firecracker's memory file: as raw, or, of a diff snapshot, as sparse. */
    FIRECRACKER("firecracker");

    private final String word;

    Format(String word) {
      this.word = word;
    }

    /** Returns its name on the command line. */
    public String word() {
      return word;
    }

    /** Tells whether its files hold memory and nothing else. */
    public boolean isFlat() {
      return this != MAPPED_RAM;
    }
  }

  /** Reads {@code FORMAT:PATH}; empty if the format is not known or the path is missing. */
  public static Optional<ImageSpec> parse(String text) {
    for (Format format : Format.values()) {
      String prefix = format.word + ":";
      if (text.startsWith(prefix) && text.length() > prefix.length()) {
        return Optional.of(parse(format, text.substring(prefix.length())));
      }
    }
    return Optional.empty();
  }

  private static ImageSpec parse(Format format, String text) {
    Matcher within = WITHIN.matcher(text);
    if (format.isFlat() || !within.matches()) {
      return new ImageSpec(format, Path.of(text), OptionalLong.empty());
    }
    String hex = within.group("hex");
    long offset = hex == null ? Long.parseLong(within.group("plain")) : Long.parseLong(hex, 16);
    return new ImageSpec(format, Path.of(within.group("path")), OptionalLong.of(offset));
  }
}

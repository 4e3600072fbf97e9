package dev.cairn.tools.image;

import java.nio.file.Path;
import java.util.Optional;

/**
 * An image as a person names it: {@code FORMAT:PATH}. Immutable.
 *
 * @param format of the file
 * @param path the file
 */
public record ImageSpec(Format format, Path path) {
  /** The formats that Cairn reads and writes. */
  public enum Format {
    /** QEMU's mapped-ram migration file. */
    MAPPED_RAM("mapped-ram");

    private final String word;

    Format(String word) {
      this.word = word;
    }

    /** Returns its name on the command line. */
    public String word() {
      return word;
    }
  }

  /** Reads {@code FORMAT:PATH}; empty if the format is not known or the path is missing. */
  public static Optional<ImageSpec> parse(String text) {
    for (Format format : Format.values()) {
      String prefix = format.word + ":";
      if (text.startsWith(prefix) && text.length() > prefix.length()) {
        return Optional.of(new ImageSpec(format, Path.of(text.substring(prefix.length()))));
      }
    }
    return Optional.empty();
  }
}

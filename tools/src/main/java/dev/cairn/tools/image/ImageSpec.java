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
  /** What a person may type. */
  public static final String FORMS = "mapped-ram:PATH, raw:PATH, sparse:PATH or firecracker:PATH";

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
        return Optional.of(new ImageSpec(format, Path.of(text.substring(prefix.length()))));
      }
    }
    return Optional.empty();
  }
}

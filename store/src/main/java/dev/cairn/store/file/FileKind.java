package dev.cairn.store.file;

import java.util.Optional;

/** What a Cairn file is. The codes are on disk; see FORMAT.md, Header. */
public enum FileKind {
  BASE(1, "base"),
  LAYER(2, "layer"),
  PAGES(3, "pages");

  private final int code;
  private final String suffix;

  FileKind(int code, String suffix) {
    this.code = code;
    this.suffix = suffix;
  }

  /** Returns the number that stands for it on disk. */
  public int code() {
    return code;
  }

  /** Returns the end of its files' names, without the dot; also its word in a manifest. */
  public String suffix() {
    return suffix;
  }

  /** Returns the kind with that code on disk. */
  public static Optional<FileKind> ofCode(int code) {
    return switch (code) {
      case 1 -> Optional.of(BASE);
      case 2 -> Optional.of(LAYER);
      case 3 -> Optional.of(PAGES);
      default -> Optional.empty();
    };
  }

  /** Returns the kind with that suffix. */
  public static Optional<FileKind> ofSuffix(String suffix) {
    return switch (suffix) {
      case "base" -> Optional.of(BASE);
      case "layer" -> Optional.of(LAYER);
      case "pages" -> Optional.of(PAGES);
      default -> Optional.empty();
    };
  }
}

package dev.cairn.store.file;

import java.util.Optional;

/**
 * How page frames are stored. A property of each frame, chosen by the writer of a file. A
 * difference needs another version of its page in the same file: of {@link #ZSTD_DIFFERENCE}, only
 * packing makes some; who writes one checkpoint writes as {@link #ZSTD}.
 */
public enum FrameCodec {
  PLAIN(Address.PLAIN, "plain"),
  LZ4(Address.LZ4, "lz4"),
  ZSTD(Address.ZSTD, "zstd"),
  ZSTD_DIFFERENCE(Address.ZSTD, "zstd-difference");

  private final int kind;
  private final String text;

  FrameCodec(int kind, String text) {
    this.kind = kind;
    this.text = text;
  }

  /** Returns the kind of the addresses of such frames that hold a whole page. */
  public int kind() {
    return kind;
  }

  /** Returns its name on the command line. */
  public String text() {
    return text;
  }

  /** Returns the codec of that name. */
  public static Optional<FrameCodec> ofText(String text) {
    return switch (text) {
      case "plain" -> Optional.of(PLAIN);
      case "lz4" -> Optional.of(LZ4);
      case "zstd" -> Optional.of(ZSTD);
      case "zstd-difference" -> Optional.of(ZSTD_DIFFERENCE);
      default -> Optional.empty();
    };
  }
}

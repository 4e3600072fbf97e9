package dev.cairn.store.file;

import java.util.Optional;

/** How page frames are stored. A property of each frame, chosen by the writer of a file. */
public enum FrameCodec {
  PLAIN(Address.PLAIN, "plain"),
  LZ4(Address.LZ4, "lz4"),
  ZSTD(Address.ZSTD, "zstd");

  private final int kind;
  private final String text;

  FrameCodec(int kind, String text) {
    this.kind = kind;
    this.text = text;
  }

  /** Returns the kind of the addresses of such frames. */
  int kind() {
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
      default -> Optional.empty();
    };
  }
}

package dev.cairn.tools.command;

import dev.cairn.store.file.FrameCodec;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How page data is stored, as a person says it. */
final class Codecs {
  /** What {@code --codec} says of itself where pages are written. */
  static final String WRITTEN =
      "plain (default), lz4, zstd or zstd-difference (packs then make it)";

  /** What {@code --codec} says of itself where pages are packed. */
  static final String PACKED =
      "of page data that is packed: plain, lz4, zstd or zstd-difference; else it stays as it is";

  private Codecs() {}

  /** Parses an option that may be left out. */
  static Optional<FrameCodec> parseOptional(@Nullable String text) {
    return text == null ? Optional.empty() : Optional.of(parse(text));
  }

  static FrameCodec parse(String text) {
    return FrameCodec.ofText(text)
        .orElseThrow(
            () ->
                new UsageException(
                    "--codec " + text + ": expected plain, lz4, zstd or zstd-difference"));
  }
}

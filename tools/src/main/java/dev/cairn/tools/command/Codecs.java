package dev.cairn.tools.command;

import dev.cairn.store.file.FrameCodec;

/** How page data is stored, as a person says it. */
final class Codecs {
  private Codecs() {}

  static FrameCodec parse(String text) {
    return FrameCodec.ofText(text)
        .orElseThrow(() -> new UsageException("--codec " + text + ": expected plain, lz4 or zstd"));
  }
}

package dev.cairn.tools.command;

import dev.cairn.chain.PageImage;
import dev.cairn.chain.PageSink;
import dev.cairn.tools.image.ImageSpec;
import dev.cairn.tools.image.MappedRamFile;
import dev.cairn.tools.image.MappedRamImage;
import java.io.IOException;

/** Opens the images that a command line names. */
final class Images {
  private Images() {}

  static ImageSpec parse(String text) {
    return ImageSpec.parse(text)
        .orElseThrow(() -> new UsageException("image '" + text + "': expected mapped-ram:PATH"));
  }

  static PageImage open(ImageSpec spec) throws IOException {
    return switch (spec.format()) {
      case MAPPED_RAM -> MappedRamImage.open(spec.path());
    };
  }

  static PageSink sink(ImageSpec spec) {
    return switch (spec.format()) {
      case MAPPED_RAM -> new MappedRamFile(spec.path());
    };
  }
}

package dev.cairn.tools.command;

import dev.cairn.chain.PageImage;
import dev.cairn.chain.PageSink;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.image.FlatImage;
import dev.cairn.tools.image.FlatOptions;
import dev.cairn.tools.image.FlatSink;
import dev.cairn.tools.image.ImageSpec;
import dev.cairn.tools.image.MappedRamImage;
import dev.cairn.tools.image.MappedRamSink;
import java.io.IOException;

/** Opens the images that a command line names. */
final class Images {
  private Images() {}

  static ImageSpec parse(String text) {
    return ImageSpec.parse(text)
        .orElseThrow(() -> new UsageException("image '" + text + "': expected " + ImageSpec.FORMS));
  }

  static PageImage open(ImageSpec spec, FlatOptions options, Console console) throws IOException {
    return switch (spec.format()) {
      case MAPPED_RAM -> MappedRamImage.open(spec.path(), spec.offset());
      case RAW, SPARSE, FIRECRACKER -> {
        FlatImage image = FlatImage.open(spec.path(), options);
        if (options.delta() && !image.hasHoles()) {
          console.warn(
              spec.path()
                  + ": a delta without any hole: all of it is stored as changed;"
                  + " was it copied by something that fills holes?");
        } else if (!options.delta()
            && image.hasHoles()
            && spec.format() == ImageSpec.Format.FIRECRACKER) {
          console.warn(
              spec.path() + ": holes are taken for zeros; of a diff snapshot, give --delta");
        }
        warnOfShrinking(spec, options, image.layout(), console);
        yield image;
      }
    };
  }

  /** A flat file that was cut short at a page looks like that of a smaller machine. */
  private static void warnOfShrinking(
      ImageSpec spec, FlatOptions options, RamLayout layout, Console console) {
    long before = options.tip().map(RamLayout::totalBytes).orElse(0L);
    if (options.blocks().isEmpty() && layout.totalBytes() < before) {
      console.warn(
          "%s: length: expected %d bytes, as the newest point has, found %d: taken for a machine"
                  .formatted(spec.path(), before, layout.totalBytes())
              + " that shrank; was it cut short?");
    }
  }

  static PageSink sink(ImageSpec spec) {
    if (spec.offset().isPresent()) {
      throw new UsageException(
          "--to: offset= is where an image is read; one is written from the start of its file");
    }
    return switch (spec.format()) {
      case MAPPED_RAM -> new MappedRamSink(spec.path());
      case RAW, SPARSE, FIRECRACKER -> new FlatSink(spec.path());
    };
  }
}

package dev.cairn.tools.image;

import dev.cairn.chain.PageImage;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.migration.StreamReader;
import dev.cairn.tools.migration.StreamWords;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * A mapped-ram file that QEMU wrote. Only its bitmaps say which pages there are: bytes under a
 * clear bit may be old. Safe for use by several threads.
 */
public final class MappedRamImage implements PageImage {
  private static final String NEXT =
      "save it again in QEMU: capability mapped-ram on, then migrate file:PATH";

  private final ImageFile file;
  private final MappedRamParser.Parts parts;
  private final List<long[]> bitmaps = new ArrayList<>();

  private MappedRamImage(ImageFile file, long streamAt) throws IOException {
    this.file = file;
    parts = new MappedRamParser(file, streamAt).parse();
    for (MappedRamParser.Block block : parts.blocks()) {
      bitmaps.add(bitmap(block));
    }
  }

  /**
   * Opens a file whose stream begins at its start or behind libvirt's header.
   *
   * @throws dev.cairn.store.BadInputException if it is no sound mapped-ram file
   */
  public static MappedRamImage open(Path path) throws IOException {
    return open(path, OptionalLong.empty());
  }

  /**
   * Opens a file.
   *
   * @param offset where its stream begins, bytes; what stands before it is not looked at
   * @throws dev.cairn.store.BadInputException if it is no sound mapped-ram file
   */
  public static MappedRamImage open(Path path, OptionalLong offset) throws IOException {
    ImageFile file = ImageFile.open(path, NEXT);
    boolean done = false;
    try {
      long streamAt = offset.isPresent() ? offset.getAsLong() : LibvirtHeader.streamAt(file);
      MappedRamImage image = new MappedRamImage(file, streamAt);
      done = true;
      return image;
    } finally {
      if (!done) {
        file.close();
      }
    }
  }

  private long[] bitmap(MappedRamParser.Block block) throws IOException {
    byte[] bytes =
        file.bytes("bitmap", block.bitmapOffset(), MappedRamParser.bitmapBytes(block.ram()));
    LongBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
    long[] bitmap = new long[words.remaining()];
    words.get(bitmap);
    long tail = block.ram().pages(StreamWords.PAGE) % 64;
    if (tail != 0 && bitmap[bitmap.length - 1] >>> tail != 0) {
      throw file.bad(
          "bitmap of " + block.ram().name(),
          block.bitmapOffset(),
          "no bits behind the last page",
          "some");
    }
    return bitmap;
  }

  @Override
  public RamLayout layout() {
    return parts.layout();
  }

  @Override
  public DeviceState deviceState() throws IOException {
    List<DeviceSection> sections = new ArrayList<>();
    sections.add(parts.configuration());
    byte[] devices =
        file.bytes("device sections", parts.devicesAt(), parts.devicesEnd() - parts.devicesAt());
    sections.add(new DeviceSection(StreamReader.DEVICES, 1, devices));
    sections.add(parts.description());
    return new DeviceState(sections);
  }

  @Override
  public void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException {
    long[] bitmap = bitmaps.get(block);
    long page = next(bitmap, from, to, true);
    while (page < to) {
      long end = next(bitmap, page, to, false);
      visitor.run(page, end - page);
      page = next(bitmap, end, to, true);
    }
  }

  /** Returns the first page from {@code from} on whose bit is as asked for, or {@code to}. */
  private static long next(long[] bitmap, long from, long to, boolean set) {
    long page = from;
    while (page < to) {
      long word = bitmap[(int) (page >>> 6)];
      long bits = (set ? word : ~word) >>> (page & 63);
      if (bits != 0) {
        return Math.min(to, page + Long.numberOfTrailingZeros(bits));
      }
      page = (page | 63) + 1;
    }
    return to;
  }

  @Override
  public void read(int block, long page, MemorySegment into) throws IOException {
    file.read(parts.blocks().get(block).pagesOffset() + page * StreamWords.PAGE, into);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}

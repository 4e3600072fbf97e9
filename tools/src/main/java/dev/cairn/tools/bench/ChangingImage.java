package dev.cairn.tools.bench;

import dev.cairn.chain.PageImage;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * A machine's memory as a plain file of random bytes, some pages of which change: nothing in it can
 * be compressed, and no page is like another. Not thread-safe.
 */
final class ChangingImage implements Closeable {
  static final int PAGE = 4096;
  private static final int PIECE_PAGES = 256;

  private final Path path;
  private final RawFile file;
  private final Random random;

  private ChangingImage(Path path, RawFile file, Random random) {
    this.path = path;
    this.file = file;
    this.random = random;
  }

  /** Makes the file and fills it. */
  static ChangingImage create(Path path, RamLayout layout, Random random) throws IOException {
    ChangingImage image = new ChangingImage(path, RawFile.create(path, layout), random);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment piece = arena.allocate((long) PIECE_PAGES * PAGE, PAGE);
      for (long page = 0; page < image.pages(); page += PIECE_PAGES) {
        MemorySegment some =
            piece.asSlice(0, Math.min(PIECE_PAGES, image.pages() - page) * (long) PAGE);
        image.fill(some);
        image.file.write(0, page, some);
      }
      image.file.force();
      return image;
    } catch (IOException | RuntimeException e) {
      image.close();
      throw e;
    }
  }

  Path path() {
    return path;
  }

  RawFile file() {
    return file;
  }

  long pages() {
    return file.layout().totalBytes() / PAGE;
  }

  /** Changes pages, durably. */
  void change(long[] pages) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment page = arena.allocate(PAGE, PAGE);
      for (long number : pages) {
        fill(page);
        file.write(0, number, page);
      }
    }
    file.force();
  }

  private void fill(MemorySegment some) {
    SplittableRandom bytes = new SplittableRandom(random.nextLong());
    for (long at = 0; at < some.byteSize(); at += Long.BYTES) {
      some.set(ValueLayout.JAVA_LONG, at, bytes.nextLong());
    }
  }

  /** Returns an image that has some pages alone. */
  PageImage only(long[] pages) {
    PagesImage chosen = new PagesImage(file.layout(), pages, 0, DeviceState.NONE);
    return new PageImage() {
      @Override
      public RamLayout layout() {
        return file.layout();
      }

      @Override
      public DeviceState deviceState() {
        return DeviceState.NONE;
      }

      @Override
      public void presentRuns(int block, long from, long to, RunVisitor visitor)
          throws IOException {
        chosen.presentRuns(block, from, to, visitor);
      }

      @Override
      public void read(int block, long page, MemorySegment into) throws IOException {
        file.read(block, page, into);
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}

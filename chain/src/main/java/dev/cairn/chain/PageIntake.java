package dev.cairn.chain;

import dev.cairn.store.file.Bytes;
import dev.cairn.store.file.Crc;
import dev.cairn.store.file.LayerWriter;
import dev.cairn.store.file.PointLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Moves the pages of an image into a layer: all that a delta has, and of a whole image, or where a
 * delta's block has grown, what differs from the tip. Not thread-safe.
 */
final class PageIntake implements ChangedPages {
  private final Intake intake;
  private final PointLayout layout;
  private final LayerWriter writer;
  private final Progress progress;
  private final int pageSize;
  private final Crc crc = new Crc();
  private long doneBytes;

  PageIntake(Intake intake, LayerWriter writer, Progress progress) {
    this.intake = intake;
    this.layout = intake.layout();
    this.writer = writer;
    this.progress = progress;
    this.pageSize = layout.layout().pageSize();
  }

  void run() throws IOException {
    boolean asks = intake.options().delta() && intake.image().mayRepeat();
    try (TipPages tip = asks ? new TipPages(intake.snapshot(), layout.layout()) : null) {
      for (int ordinal : layout.ordinals().stream().sorted().toList()) {
        long pages = layout.pages(ordinal);
        long from = 0;
        if (intake.options().delta()) {
          from = Math.min(pages, Checkpointer.reach(intake.snapshot(), ordinal));
          copy(tip, layout.indexOf(ordinal), from);
        }
        if (from < pages) {
          compare(ordinal, from, pages);
        }
      }
    }
  }

  /**
   * Copies what the image has of pages [0, to) of a block.
   *
   * @param tip asked whether it is new; null if it is known to be
   */
  private void copy(@Nullable TipPages tip, int block, long to) throws IOException {
    PageImage image = intake.image();
    image.presentRuns(
        block,
        0,
        to,
        (first, count) -> {
          for (long at = first; at < first + count; ) {
            MemorySegment room = writer.room(first + count - at);
            image.read(block, at, room);
            for (long i = 0; i < room.byteSize(); i += pageSize) {
              add(tip, block, at++, room.asSlice(i, pageSize));
            }
          }
        });
    advance(to * pageSize);
  }

  private void add(@Nullable TipPages tip, int block, long page, MemorySegment content)
      throws IOException {
    int ordinal = layout.ordinals().get(block);
    if (tip == null) {
      writer.add(ordinal, page, content);
    } else if (Bytes.isZero(content)) {
      if (!tip.isZero(block, page)) {
        writer.addZero(ordinal, page);
      }
    } else {
      int sum = crc.of(content);
      if (!tip.has(block, page, content, sum)) {
        writer.add(ordinal, page, content, sum);
      }
    }
  }

  private void compare(int ordinal, long from, long to) throws IOException {
    try (WindowIntake windows = new WindowIntake(intake, this, this::advance)) {
      windows.take(layout.indexOf(ordinal), from, to);
    }
  }

  @Override
  public void page(int ordinal, long page, MemorySegment content, int crc) throws IOException {
    writer.add(ordinal, page, content, crc);
  }

  @Override
  public void zero(int ordinal, long page) throws IOException {
    writer.addZero(ordinal, page);
  }

  private void advance(long bytes) {
    doneBytes += bytes;
    progress.at(doneBytes, layout.layout().totalBytes());
  }
}

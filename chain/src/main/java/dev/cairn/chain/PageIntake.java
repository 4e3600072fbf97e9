package dev.cairn.chain;

import dev.cairn.store.file.LayerWriter;
import dev.cairn.store.file.PointLayout;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Moves the pages of an image into a layer: all that a delta has, and of a whole image, or where a
 * delta's block has grown, what differs from the tip. Not thread-safe.
 */
final class PageIntake {
  private static final long BUFFER_BYTES = 256 << 10;

  private final Intake intake;
  private final PointLayout layout;
  private final LayerWriter writer;
  private final Progress progress;
  private final int pageSize;
  private long doneBytes;

  PageIntake(Intake intake, Progress progress) {
    this.intake = intake;
    this.layout = intake.layout();
    this.writer = intake.writer();
    this.progress = progress;
    this.pageSize = layout.layout().pageSize();
  }

  void run() throws IOException {
    for (int ordinal : layout.ordinals().stream().sorted().toList()) {
      long pages = layout.pages(ordinal);
      long from = 0;
      if (intake.options().delta()) {
        from = Math.min(pages, Checkpointer.reach(intake.snapshot(), ordinal));
        copy(ordinal, from);
      }
      if (from < pages) {
        compare(ordinal, from, pages);
      }
    }
  }

  /** Copies what the image has of pages [0, to): it is known to be new. */
  private void copy(int ordinal, long to) throws IOException {
    int block = layout.indexOf(ordinal);
    PageImage image = intake.image();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER_BYTES, 4096);
      long most = BUFFER_BYTES / pageSize;
      image.presentRuns(
          block,
          0,
          to,
          (first, count) -> {
            for (long at = first; at < first + count; at += most) {
              int pages = (int) Math.min(most, first + count - at);
              MemorySegment part = buffer.asSlice(0, (long) pages * pageSize);
              image.read(block, at, part);
              for (int i = 0; i < pages; i++) {
                writer.add(ordinal, at + i, part.asSlice((long) i * pageSize, pageSize));
              }
            }
          });
    }
    advance(to * pageSize);
  }

  private void compare(int ordinal, long from, long to) throws IOException {
    try (WindowIntake windows = new WindowIntake(intake, this::advance)) {
      windows.take(layout.indexOf(ordinal), from, to);
    }
  }

  private void advance(long bytes) {
    doneBytes += bytes;
    progress.at(doneBytes, layout.layout().totalBytes());
  }
}

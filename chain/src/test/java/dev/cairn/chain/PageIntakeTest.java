package dev.cairn.chain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairn.store.file.FrameCodec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A delta's pages are prepared where they are written: those that are zero leave no gap there. */
final class PageIntakeTest {
  private static final int PAGE = 4096;
  private static final int PAGES = 700;

  @ParameterizedTest
  @EnumSource
  void zeroPagesWithinARunDoNotMoveTheOthers(FrameCodec codec) throws IOException {
    ChainInMemory memory = new ChainInMemory(PAGE);
    memory.checkpoint(new SparseMemory(PAGE, PAGES).fill(3, 1), ChainInMemory.WHOLE);
    SparseMemory delta = new SparseMemory(PAGE, PAGES);
    int zeros = 0;
    for (int page = 0; page < PAGES; page++) {
      if (page % 7 == 3) {
        delta.put(page, new byte[PAGE]);
        zeros++;
      } else {
        delta.fill(page, page % 50 + 1);
      }
    }
    memory.checkpoint(delta, new Checkpointer.Options("", true, codec, 1));
    try (ChainSnapshot snapshot = memory.chain().snapshot();
        Arena arena = Arena.ofConfined()) {
      assertEquals(PAGES, snapshot.point(1).written().pages());
      assertEquals(zeros, snapshot.point(1).written().zeroPages());
      PointView view = snapshot.view(1);
      MemorySegment page = arena.allocate(PAGE, 64);
      for (long n = 0; n < PAGES; n++) {
        page.fill((byte) 0);
        view.read(0, n, page);
        assertArrayEquals(delta.pages().get(n), page.toArray(ValueLayout.JAVA_BYTE), "page " + n);
      }
    }
  }
}

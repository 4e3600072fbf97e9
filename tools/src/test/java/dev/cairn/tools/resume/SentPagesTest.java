package dev.cairn.tools.resume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.BadInputException;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is sent, and what goes next. */
class SentPagesTest {
  private static final RamLayout LAYOUT =
      new RamLayout(
          4096, List.of(new RamBlock("ram", 100 * 4096), new RamBlock("huge", 8 << 20, 2 << 20)));

  private final Arena arena = Arena.ofConfined();
  private final SentPages sent;

  SentPagesTest() throws IOException {
    sent = new SentPages(LAYOUT, arena);
  }

  @AfterEach
  void close() {
    arena.close();
  }

  @Test
  void aPageIsSentOnce() {
    assertEquals(100 + 2048, sent.remaining());
    sent.mark(0, 64, 0b101);
    assertEquals(98 + 2048, sent.remaining());
    assertEquals(((1L << 36) - 1) & ~0b101, sent.unsent(0, 64));
    assertThrows(IllegalStateException.class, () -> sent.mark(0, 64, 0b100));
    assertThrows(IllegalStateException.class, () -> sent.mark(0, 64, 1L << 36), "behind the end");
  }

  @Test
  void whatTheDestinationHasIsTakenOver() throws BadInputException {
    sent.received(0, new long[] {-1L, 1});
    assertEquals(35 + 2048, sent.remaining());
    assertEquals(64, sent.nextUnsentWord(0, 0));
    long[] huge = new long[32];
    java.util.Arrays.fill(huge, 8, 16, -1L);
    sent.received(1, huge);
    assertEquals(35 + 2048 - 512, sent.remaining());
    sent.received(1, new long[32]);
    assertEquals(35 + 2048, sent.remaining());
  }

  @Test
  void aBitmapThatCannotBeIsRefused() {
    refused(0, new long[1], "words");
    refused(0, new long[] {0, 1L << 36}, "bits");
    long[] half = new long[32];
    half[3] = 1;
    refused(1, half, "host page at page 0");
    assertEquals(100 + 2048, sent.remaining(), "nothing is taken over");
  }

  private void refused(int block, long[] received, String what) {
    BadInputException e =
        assertThrows(BadInputException.class, () -> sent.received(block, received));
    assertTrue(String.valueOf(e.getMessage()).contains(what), e.getMessage());
  }

  @Test
  void bulkGoesOnBehindTheLastFaultAndThroughTheRest() {
    BulkOrder order = new BulkOrder(sent, 2);
    assertEquals(new BulkOrder.Word(0, 0), order.next());
    assertEquals(new BulkOrder.Word(0, 64), order.next());
    assertEquals(new BulkOrder.Word(1, 0), order.next());
    order.fault(1, 1920);
    assertEquals(new BulkOrder.Word(1, 1920), order.next());
    assertEquals(new BulkOrder.Word(1, 1984), order.next());
    assertEquals(new BulkOrder.Word(1, 64), order.next(), "0 is under way");
    sent.mark(0, 0, -1L);
    order.done(new BulkOrder.Word(0, 0));
    order.fault(0, 100);
    order.done(new BulkOrder.Word(0, 64));
    assertEquals(new BulkOrder.Word(0, 64), order.next(), "it was not sent");
    int left = 0;
    while (order.next() != null) {
      left++;
    }
    assertEquals(32 - 4, left);
    assertNull(order.next());
    order.done(new BulkOrder.Word(1, 64));
    assertNotNull(order.next());
  }
}

package dev.cairn.chain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.BusyException;
import dev.cairn.store.file.FrameCodec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What differs from the tip, without storing it; and a delta that lies on that tip only. */
final class TipComparerTest {
  private static final int PAGE = 4096;
  private static final int PAGES = 9000;
  private static final byte[] NOTHING = new byte[0];

  private final ChainInMemory memory;

  TipComparerTest() throws IOException {
    this.memory = new ChainInMemory(PAGE);
  }

  /** What a comparison found. */
  private static final class Found implements TipComparer.Changes {
    private final SparseMemory delta;
    private final Set<Long> zeros = new TreeSet<>();

    Found(long pages) {
      delta = new SparseMemory(PAGE, pages);
    }

    @Override
    public void page(int block, long page, MemorySegment content) {
      delta.put(page, content.toArray(ValueLayout.JAVA_BYTE));
    }

    @Override
    public void zero(int block, long page) {
      zeros.add(page);
      delta.put(page, new byte[PAGE]);
    }
  }

  private static SparseMemory image(long pages, int every) {
    SparseMemory image = new SparseMemory(PAGE, pages);
    for (long page = 0; page < pages; page += every) {
      image.fill(page, (int) (page % 90) + 1);
    }
    return image;
  }

  private Checkpointer.Options deltaOn(Manifest.Tip tip) {
    return new Checkpointer.Options("", true, FrameCodec.PLAIN, 2).on(tip.id());
  }

  @Test
  void whatDiffersIsADeltaThatMakesTheImageOfTheTip() throws IOException {
    memory.checkpoint(image(PAGES, 3), ChainInMemory.WHOLE);
    SparseMemory now = image(PAGES + 5000, 3);
    now.put(6, NOTHING).put(4098, NOTHING).put(9, new byte[PAGE]).fill(12, 77).fill(4097, 5);
    Found found = new Found(PAGES + 5000);
    Manifest.Tip tip;
    try (TipComparer comparer = new TipComparer(memory.chain(), 2)) {
      tip = comparer.tip().orElseThrow();
      comparer.compare(now, found);
    }
    assertEquals(Set.of(6L, 9L, 4098L), found.zeros);
    assertTrue(found.delta.pages().keySet().containsAll(Set.of(12L, 4097L, 9000L)));
    assertEquals(0, memory.chain().manifest().tip().orElseThrow().number(), "nothing is stored");
    long stored = memory.checkpoint(found.delta, deltaOn(tip));
    try (ChainSnapshot snapshot = memory.chain().snapshot();
        Arena arena = Arena.ofConfined()) {
      PointView view = snapshot.view(stored);
      MemorySegment page = arena.allocate(PAGE, 64);
      byte[] zero = new byte[PAGE];
      Map<Long, byte[]> expected = now.pages();
      for (long n = 0; n < PAGES + 5000; n++) {
        view.read(0, n, page);
        assertArrayEquals(
            expected.getOrDefault(n, zero), page.toArray(ValueLayout.JAVA_BYTE), "page " + n);
      }
    }
  }

  @Test
  void ofAnEmptyChainAllThatIsNotZeroDiffers() throws IOException {
    Found found = new Found(PAGES);
    try (TipComparer comparer = new TipComparer(memory.chain(), 2)) {
      assertTrue(comparer.tip().isEmpty());
      comparer.compare(image(PAGES, 100).put(100, new byte[PAGE]), found);
    }
    assertEquals(89, found.delta.pages().size());
    assertEquals(Set.of(), found.zeros);
  }

  @Test
  void aDeltaIsRefusedWhereSomebodyElseWasFaster() throws IOException {
    memory.checkpoint(image(PAGES, 3), ChainInMemory.WHOLE);
    Manifest.Tip tip = memory.chain().manifest().tip().orElseThrow();
    memory.checkpoint(image(PAGES, 4), ChainInMemory.WHOLE);
    SparseMemory delta = new SparseMemory(PAGE, PAGES).fill(7, 3);
    BusyException e =
        assertThrows(BusyException.class, () -> memory.checkpoint(delta, deltaOn(tip)));
    assertTrue(String.valueOf(e.getMessage()).contains("capture again"), e.getMessage());
    assertEquals(1, memory.chain().manifest().tip().orElseThrow().number());
  }
}

package dev.cairn.chain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.Crc;
import dev.cairn.store.file.FrameCodec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a delta repeats of the newest point is not stored again, and all points read as before. */
final class DeltaRepeatsTest {
  private static final int PAGE = 4096;
  private static final int PAGES = 4700;

  /**
   * The generator of CRC-32C as bits of a message, the highest power first: what differs by it has
   * the same checksum.
   */
  private static final long SAME_SUM = 1 | 0x82F63B78L << 1;

  private final ChainInMemory memory;

  DeltaRepeatsTest() throws IOException {
    this.memory = new ChainInMemory(PAGE);
  }

  /** What a hypervisor tells of: runs of pages that were written. */
  private record Written(SparseMemory pages, boolean mayRepeat) implements PageImage {
    @Override
    public RamLayout layout() {
      return pages.layout();
    }

    @Override
    public DeviceState deviceState() {
      return pages.deviceState();
    }

    @Override
    public void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException {
      for (long at = from; at < to; at++) {
        long first = at;
        while (at < to && pages.pages().containsKey(at)) {
          at++;
        }
        if (first < at) {
          visitor.run(first, at - first);
        }
      }
    }

    @Override
    public void read(int block, long page, MemorySegment into) {
      pages.read(block, page, into);
    }

    @Override
    public void close() {}
  }

  private static byte[] sameSum(byte[] page) {
    byte[] other = page.clone();
    MemorySegment at = MemorySegment.ofArray(other);
    long bits = at.get(ValueLayout.JAVA_LONG_UNALIGNED, 512);
    at.set(ValueLayout.JAVA_LONG_UNALIGNED, 512, bits ^ SAME_SUM);
    int sum = new Crc().of(MemorySegment.ofArray(page));
    assertEquals(sum, new Crc().of(at));
    assertFalse(Arrays.equals(page, other));
    return other;
  }

  private static byte[] at(Map<Long, byte[]> pages, long page) {
    return pages.getOrDefault(page, new byte[PAGE]);
  }

  private void assertPoint(long checkpoint, Map<Long, byte[]> expected) throws IOException {
    try (ChainSnapshot snapshot = memory.chain().snapshot();
        Arena arena = Arena.ofConfined()) {
      PointView view = snapshot.view(checkpoint);
      MemorySegment page = arena.allocate(PAGE, 64);
      for (long n = 0; n < PAGES; n++) {
        view.read(0, n, page);
        assertArrayEquals(
            at(expected, n), page.toArray(ValueLayout.JAVA_BYTE), checkpoint + ": page " + n);
      }
    }
  }

  private void assertWritten(long checkpoint, long pages, long zeroPages) throws IOException {
    try (ChainSnapshot snapshot = memory.chain().snapshot()) {
      assertEquals(pages, snapshot.point(checkpoint).written().pages());
      assertEquals(zeroPages, snapshot.point(checkpoint).written().zeroPages());
    }
  }

  private static Checkpointer.Options delta(FrameCodec codec) {
    return new Checkpointer.Options("", true, codec, 1);
  }

  private static SparseMemory machine() {
    SparseMemory machine = new SparseMemory(PAGE, PAGES);
    for (long page = 0; page < PAGES; page++) {
      machine.fill(page, page % 5 == 4 ? 0 : (int) (page % 90) + 1);
    }
    return machine;
  }

  @ParameterizedTest
  @EnumSource
  void onlyWhatDiffersIsStored(FrameCodec codec) throws IOException {
    SparseMemory now = machine();
    Map<Long, byte[]> first = new TreeMap<>(now.pages());
    memory.checkpoint(now, ChainInMemory.WHOLE);
    SparseMemory written = new SparseMemory(PAGE, PAGES);
    long changed = 0;
    long cleared = 0;
    for (long page = 100; page < PAGES - 100; page++) {
      byte[] before = at(now.pages(), page);
      int deed = (int) (page % 7);
      if (deed == 0) {
        now.fill(page, (int) (page % 90) + 2);
        changed++;
      } else if (deed == 1) {
        now.put(page, new byte[PAGE]);
        cleared += Arrays.equals(before, new byte[PAGE]) ? 0 : 1;
      } else if (deed == 2 && first.containsKey(page)) {
        now.put(page, sameSum(before));
        changed++;
      }
      written.put(page, at(now.pages(), page));
    }
    memory.checkpoint(new Written(written, true), delta(codec));
    assertWritten(1, changed + cleared, cleared);
    assertPoint(0, first);
    assertPoint(1, now.pages());

    memory.checkpoint(new Written(written, true), delta(codec));
    assertWritten(2, 0, 0);
    assertPoint(2, now.pages());

    memory.checkpoint(new Written(written, false), delta(codec));
    assertWritten(3, PAGES - 200, written.pages().values().stream().filter(this::isZero).count());
    assertPoint(3, now.pages());
  }

  /** The newest point is what a delta lies on: older content that comes back is a change. */
  @Test
  void whatAnOlderPointHadIsStored() throws IOException {
    SparseMemory now = machine();
    memory.checkpoint(now, ChainInMemory.WHOLE);
    SparseMemory other = new SparseMemory(PAGE, PAGES).fill(7, 3).fill(4500, 4);
    memory.checkpoint(new Written(other, true), delta(FrameCodec.PLAIN));
    SparseMemory back = new SparseMemory(PAGE, PAGES);
    back.put(7, at(now.pages(), 7)).put(4500, at(now.pages(), 4500)).put(8, at(now.pages(), 8));
    memory.checkpoint(new Written(back, true), delta(FrameCodec.PLAIN));
    assertWritten(2, 2, 0);
    assertPoint(2, now.pages());
  }

  /** What is read for the comparison is not what is kept: a page that rotted is stored anew. */
  @ParameterizedTest
  @EnumSource
  void aPageThatRottedIsStoredAgain(FrameCodec codec) throws IOException {
    SparseMemory now = machine();
    memory.checkpoint(new SparseMemory(PAGE, PAGES), ChainInMemory.WHOLE);
    memory.checkpoint(now, new Checkpointer.Options("", false, codec, 1));
    FileEntry layer = memory.chain().manifest().files(FileEntry.Role.LAYER).getFirst();
    memory.flip(layer.name().text(), 4096 + 17);
    memory.checkpoint(new Written(now, true), delta(codec));
    try (ChainSnapshot snapshot = memory.chain().snapshot()) {
      assertTrue(snapshot.point(2).written().pages() >= 1);
    }
    assertPoint(2, now.pages());
  }

  private boolean isZero(byte[] page) {
    return Arrays.equals(page, new byte[PAGE]);
  }
}

package dev.cairn.chain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Versions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a comparison with the tip reads, and what it takes. */
final class WindowIntakeTest {
  private static final int PAGE = 4096;

  @Test
  void eachRegionOfTheTipIsReadOnce() throws IOException {
    ChainInMemory memory = new ChainInMemory(PAGE);
    int regions = 3;
    SparseMemory image = new SparseMemory(PAGE, (long) regions * Versions.REGION_PAGES);
    for (int region = 0; region < regions; region++) {
      for (int i = 0; i < Versions.REGION_PAGES; i += 100) {
        image.fill((long) region * Versions.REGION_PAGES + i, 1);
      }
    }
    memory.checkpoint(image, ChainInMemory.WHOLE);
    image.fill(700, 2).fill(4996, 0).fill(12287, 7);
    memory.counting().reset();
    memory.checkpoint(image, ChainInMemory.WHOLE);
    FileEntry base = memory.chain().manifest().base().orElseThrow();
    String name = base.name().text();
    try (OpenFile file = OpenFile.open(base.name(), memory.directory().open(name))) {
      assertEquals(regions, file.directory().size());
      for (int i = 0; i < regions; i++) {
        Directory.Entry entry = file.directory().entry(i);
        CountingDirectory.Read read =
            new CountingDirectory.Read(name, entry.offset(), entry.length());
        assertEquals(
            1, memory.counting().reads().stream().filter(read::equals).count(), "region " + i);
      }
    }
    try (ChainSnapshot snapshot = memory.chain().snapshot()) {
      Set<Long> differing = new HashSet<>();
      new PointDiff(snapshot, 0, 1)
          .run()
          .getFirst()
          .ranges()
          .forEach(range -> differing.add(range.page()));
      assertEquals(Set.of(700L, 4996L, 12287L), differing);
      assertEquals(3, snapshot.point(1).written().pages());
    }
  }

  /** What rotted at the tip differs from what the machine has: so it is stored anew. */
  @Test
  void aPageThatRottedAtTheTipIsStoredAgain() throws IOException {
    ChainInMemory memory = new ChainInMemory(PAGE);
    SparseMemory image = new SparseMemory(PAGE, 100).fill(3, 1).fill(50, 1);
    memory.checkpoint(image, ChainInMemory.WHOLE);
    String base = memory.chain().manifest().base().orElseThrow().name().text();
    long offset;
    try (ChainSnapshot snapshot = memory.chain().snapshot()) {
      offset =
          Address.offset(
              snapshot.file(snapshot.manifest().base().orElseThrow()).region(0).address(1));
    }
    memory.flip(base, offset + 17);
    memory.checkpoint(image, ChainInMemory.WHOLE);
    try (ChainSnapshot snapshot = memory.chain().snapshot();
        Arena arena = Arena.ofConfined()) {
      assertEquals(1, snapshot.point(1).written().pages());
      MemorySegment page = arena.allocate(PAGE, 64);
      snapshot.view(1).read(0, 50, page);
      assertArrayEquals(image.pages().get(50L), page.toArray(ValueLayout.JAVA_BYTE));
      assertThrows(CorruptFileException.class, () -> snapshot.view(0).read(0, 50, page));
    }
  }

  /**
   * A lost page reads as zeros, and the machine has cleared it: by bytes alone it did not change.
   */
  @Test
  void aPageThatTheDiskLostIsStoredThoughItIsZeroNow() throws IOException {
    ChainInMemory memory = new ChainInMemory(PAGE);
    SparseMemory image = new SparseMemory(PAGE, 100).fill(3, 1).fill(50, 1);
    memory.checkpoint(image, ChainInMemory.WHOLE);
    FileEntry base = memory.chain().manifest().base().orElseThrow();
    long offset;
    try (ChainSnapshot snapshot = memory.chain().snapshot()) {
      offset = Address.offset(snapshot.file(base).region(0).address(1));
    }
    memory.lose(base.name().text(), offset, PAGE);
    memory.checkpoint(image.put(50, new byte[PAGE]), ChainInMemory.WHOLE);
    try (ChainSnapshot snapshot = memory.chain().snapshot();
        Arena arena = Arena.ofConfined()) {
      assertEquals(1, snapshot.point(1).written().zeroPages());
      MemorySegment page = arena.allocate(PAGE, 64);
      snapshot.view(1).read(0, 50, page);
      assertArrayEquals(new byte[PAGE], page.toArray(ValueLayout.JAVA_BYTE));
      assertThrows(CorruptFileException.class, () -> snapshot.view(0).read(0, 50, page));
    }
  }

  /** A compressed frame that rotted cannot be compared at all. */
  @ParameterizedTest
  @EnumSource(names = {"LZ4", "ZSTD"})
  void aCompressedPageThatRottedIsStoredAgain(FrameCodec codec) throws IOException {
    for (int now : new int[] {2, 3, 0}) {
      ChainInMemory memory = new ChainInMemory(PAGE);
      SparseMemory image = new SparseMemory(PAGE, 100).fill(50, 1);
      memory.checkpoint(image, ChainInMemory.WHOLE);
      memory.checkpoint(image.fill(50, 2), new Checkpointer.Options("", false, codec, 1));
      FileEntry layer = memory.chain().manifest().layers().getFirst();
      long offset;
      try (ChainSnapshot snapshot = memory.chain().snapshot()) {
        long address = snapshot.file(layer).region(0).address(0);
        assertNotEquals(Address.PLAIN, Address.kind(address));
        offset = Address.offset(address);
      }
      memory.lose(layer.name().text(), offset, 12);
      memory.checkpoint(image.fill(50, now), ChainInMemory.WHOLE);
      try (ChainSnapshot snapshot = memory.chain().snapshot();
          Arena arena = Arena.ofConfined()) {
        assertEquals(1, snapshot.point(2).written().pages(), "page of " + now);
        MemorySegment page = arena.allocate(PAGE, 64);
        snapshot.view(2).read(0, 50, page);
        assertArrayEquals(
            image.pages().getOrDefault(50L, new byte[PAGE]), page.toArray(ValueLayout.JAVA_BYTE));
        assertThrows(CorruptFileException.class, () -> snapshot.view(1).read(0, 50, page));
      }
    }
  }

  /** A machine of nothing but zeros that notes who asks for its pages. */
  private record Asked(RamLayout layout, Set<Thread> threads) implements PageImage {
    @Override
    public DeviceState deviceState() {
      return DeviceState.NONE;
    }

    @Override
    public void presentRuns(int block, long from, long to, RunVisitor visitor) {
      threads.add(Thread.currentThread());
    }

    @Override
    public void read(int block, long page, MemorySegment into) {
      throw new AssertionError("no page is present");
    }

    @Override
    public void close() {}
  }

  @Test
  void moreThreadsThanTheirMemoryMayTakeAreNotUsed() throws IOException {
    ChainInMemory memory = new ChainInMemory(PAGE);
    RamLayout layout = new SparseMemory(PAGE, 40 << 10).layout(); // 40 windows
    Asked image = new Asked(layout, ConcurrentHashMap.newKeySet());
    memory.checkpoint(image, new Checkpointer.Options("", false, FrameCodec.PLAIN, 64));
    int threads = image.threads.size();
    assertTrue(threads <= WindowIntake.MOST_SLOTS, threads + " threads");
  }
}

package dev.cairn.store.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Pages in any order make the file that the same pages make in their own order, bit by bit. Rerun
 * with {@code -Dtests.seed=}.
 */
final class BaseWriterTest {
  private static final int ROUNDS = 6;

  /** How a file is written. */
  @FunctionalInterface
  private interface Writing {
    CheckpointWriter pages(FileHeader header, MemoryDirectory directory, StoreOutput out)
        throws IOException;
  }

  private record Made(MemorySegment bytes, SealedFile file, Point.Written written) {}

  private final Arena arena = Arena.ofAuto();

  private MemorySegment content(int pageSize, long value) {
    return arena
        .allocate(pageSize, 64)
        .copyFrom(MemorySegment.ofArray(TestFiles.noise(value, pageSize)));
  }

  private static Made make(
      FileHeader header, PointLayout layout, List<DeviceSection> sections, Writing writing)
      throws IOException {
    MemoryDirectory directory = MemoryDirectory.create();
    String name = header.name().text();
    try (StoreOutput out = directory.create(name);
        CheckpointWriter writer = writing.pages(header, directory, out)) {
      List<StoredSection> stored = new ArrayList<>();
      for (DeviceSection section : sections) {
        stored.add(writer.addSection(section));
      }
      Point.Written written = writer.written(true);
      SealedFile file = writer.seal(TestFiles.point(header, layout, stored), List.of());
      MemorySegment bytes = MemorySegment.ofArray(BytesInput.all(directory.open(name)));
      return new Made(bytes, file, written);
    }
  }

  private static Writing ascending(PointLayout layout, Map<Long, MemorySegment> pages) {
    return (header, directory, out) -> {
      LayerWriter writer = LayerWriter.base(header, directory, out, layout);
      for (Map.Entry<Long, MemorySegment> page : pages.entrySet()) {
        writer.add((int) (page.getKey() >>> 32), page.getKey() & 0xffff_ffffL, page.getValue());
      }
      return writer;
    };
  }

  /** Blocks whose ordinals are not in the machine's order, and do not end with a MiB. */
  private static PointLayout layout(int pageSize, SplittableRandom random) {
    int most = 3 * (BlockSums.BLOCK / pageSize) / 2;
    List<RamBlock> blocks = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      long pages = i == 0 ? 4096 + random.nextLong(most) : 1 + random.nextLong(most);
      blocks.add(new RamBlock("b" + i, pages * pageSize));
    }
    return new PointLayout(new RamLayout(pageSize, blocks), List.of(1, 0, 2));
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096, 65_536})
  void anyOrderMakesTheSameFile(int pageSize) throws IOException {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    System.out.println("tests.seed=" + seed);
    SplittableRandom random = new SplittableRandom(seed);
    FileHeader header = TestFiles.header(FileKind.BASE, 0, 0, pageSize);
    for (int round = 0; round < ROUNDS; round++) {
      PointLayout layout = layout(pageSize, random);
      List<DeviceSection> sections = new ArrayList<>();
      for (int i = 0; i < random.nextInt(3); i++) {
        sections.add(new DeviceSection("s" + i, 1, TestFiles.noise(i, random.nextInt(3000))));
      }
      TreeMap<Long, MemorySegment> pages = new TreeMap<>();
      int count = random.nextInt(900);
      boolean zeros = random.nextBoolean();
      Writing scattered =
          (h, directory, out) -> {
            BaseWriter writer =
                new BaseWriter(
                    h, out, layout, () -> arena.allocate(BaseWriter.Columns.REGION_BYTES, 8));
            for (int i = 0; i < count; i++) {
              scatter(writer, layout, pages, zeros, random);
            }
            return writer;
          };
      Made found = make(header, layout, sections, scattered);
      Made expected = make(header, layout, sections, ascending(layout, pages));
      assertEquals(-1, expected.bytes.mismatch(found.bytes), "round " + round);
      assertEquals(expected.written, found.written);
      assertEquals(expected.file.sha(), found.file.sha());
      assertEquals(expected.file.length(), found.file.length());
      if (zeros) {
        assertTrue(expected.file.writtenBytes() <= found.file.writtenBytes());
      } else {
        assertEquals(expected.file.writtenBytes(), found.file.writtenBytes());
      }
    }
  }

  /** A run of pages, some of them again, some as zeros. */
  private void scatter(
      BaseWriter writer,
      PointLayout layout,
      Map<Long, MemorySegment> pages,
      boolean zeros,
      SplittableRandom random)
      throws IOException {
    int block = random.nextInt(3);
    long most = layout.pages(block);
    // Half of them at the end, which is what a block of checksums shares with others.
    long from = random.nextBoolean() ? random.nextLong(most) : Math.max(0, most - 9);
    long end = Math.min(most, from + 1 + random.nextLong(9));
    for (long page = from; page < end; page++) {
      long key = (long) block << 32 | page;
      int pageSize = writer.pageSize();
      switch (zeros ? random.nextInt(4) : 1) {
        case 0 -> {
          writer.zero(block, page);
          pages.remove(key);
        }
        case 2 -> {
          writer.page(block, page, MemorySegment.ofArray(new byte[pageSize]));
          pages.remove(key);
        }
        default -> {
          MemorySegment content = content(pageSize, random.nextLong());
          writer.page(block, page, content);
          pages.put(key, content);
        }
      }
    }
  }

  @Test
  void memoryIsTakenForWhatComes() throws IOException {
    int pageSize = 4096;
    FileHeader header = TestFiles.header(FileKind.BASE, 0, 0, pageSize);
    PointLayout layout = TestFiles.layout(1L << 40, pageSize);
    MemoryDirectory directory = MemoryDirectory.create();
    int[] taken = {0};
    BaseWriter.Columns memory =
        () -> {
          taken[0]++;
          return arena.allocate(BaseWriter.Columns.REGION_BYTES, 8);
        };
    try (StoreOutput out = directory.create(header.name().text());
        BaseWriter writer = new BaseWriter(header, out, layout, memory)) {
      writer.zero(0, (1L << 28) - 1);
      assertEquals(0, taken[0], "zeros are what is there");
      writer.page(0, 5, content(pageSize, 1));
      writer.page(0, 4095, content(pageSize, 2));
      assertEquals(1, taken[0]);
      assertThrows(
          IllegalArgumentException.class, () -> writer.page(0, 1L << 28, content(pageSize, 1)));
      assertThrows(IllegalArgumentException.class, () -> writer.zero(1, 0));
      writer.addSection(new DeviceSection("s", 1, new byte[1]));
      assertThrows(IllegalStateException.class, () -> writer.zero(0, 5));
    }
  }

  @Test
  void pagesGoToTheFileAtOnceAndNeighboursTogether() throws IOException {
    FileHeader header = TestFiles.header(FileKind.BASE, 0, 0, 4096);
    PointLayout layout = TestFiles.layout(64 << 20, 4096);
    List<String> writes = new ArrayList<>();
    StoreOutput out =
        new StoreOutput() {
          @Override
          public void write(long offset, MemorySegment data) {
            writes.add((offset >> 12) + "+" + (data.byteSize() >> 12));
          }

          @Override
          public void sync() {}

          @Override
          public void close() {}
        };
    try (out;
        BaseWriter writer =
            new BaseWriter(
                header, out, layout, () -> arena.allocate(BaseWriter.Columns.REGION_BYTES, 8))) {
      for (long page = 0; page < 130; page++) {
        writer.page(0, page, content(4096, page));
      }
      writer.page(0, 128, content(4096, 7)); // still at hand
      writer.page(0, 9, content(4096, 8));
      writer.page(0, 4, content(4096, 9));
      assertEquals(List.of("256+64", "320+64", "384+2", "265+1"), writes);
    }
  }
}

package dev.cairn.store.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The sizes that FORMAT.md promises of an index. Rerun with {@code -Dtests.seed=}. */
final class IndexSizeTest {
  private static final int PAGE = 4096;
  private static final long RAM = 64L << 30;

  private static long seed() {
    String given = System.getProperty("tests.seed", "");
    long seed = given.isEmpty() ? new Random().nextLong() : Long.parseLong(given);
    System.out.println("tests.seed=" + seed);
    return seed;
  }

  @ParameterizedTest
  @EnumSource
  void scatteredPagesOf64GibTakeAtMost40Kib(FrameCodec codec) throws IOException {
    Random random = new Random(seed());
    SortedSet<Long> pages = new TreeSet<>();
    while (pages.size() < 1024) {
      pages.add(random.nextLong(RAM / PAGE));
    }
    FileHeader header = TestFiles.header(FileKind.LAYER, 1, 1, PAGE);
    MemoryDirectory directory = MemoryDirectory.create();
    try (Arena arena = Arena.ofConfined();
        StoreOutput out = directory.create(header.name().text());
        LayerWriter writer = LayerWriter.layer(header, directory, out, codec)) {
      MemorySegment data = arena.allocate(PAGE, 64);
      for (long page : pages) {
        data.set(ValueLayout.JAVA_LONG, 0, page + 1);
        writer.add(0, page, data);
      }
      writer.seal(TestFiles.point(header, TestFiles.layout(RAM, PAGE), List.of()), List.of());
    }
    try (OpenFile file = TestFiles.open(directory, header.name())) {
      assertEquals(1024, file.directory().pageCount());
      long metadata = file.length() - file.metadataOffset();
      long index = Directory.HEADER_LENGTH;
      for (int i = 0; i < file.directory().size(); i++) {
        index += Directory.ENTRY_LENGTH + file.directory().entry(i).length();
      }
      System.out.printf(
          Locale.ROOT,
          "%s: index of 1,024 pages in %d regions of 64 GiB: %.1f KiB, all metadata %.1f KiB%n",
          codec,
          file.directory().size(),
          index / 1024.0,
          metadata / 1024.0);
      assertTrue(metadata <= 40 << 10, metadata + " bytes");
    }
  }

  /** 16 bytes a version, 3 a page, 32 a region with its directory entry. */
  @Test
  void noRegionIsLargerThanPromised() {
    for (int flags = 0; flags < 16; flags++) {
      for (int pages = 1; Region.areSound(flags) && pages <= Versions.REGION_PAGES; pages++) {
        for (int more = 0; more <= 4; more++) {
          boolean versioned = (flags & Region.VERSIONED) != 0;
          long versions = pages + (versioned ? (long) more * pages / 2 : 0);
          long length = Directory.ENTRY_LENGTH + Region.length(flags, pages, versions);
          long promised = 16 * versions + 3L * pages + 32;
          assertTrue(length <= promised, flags + ": " + pages + " pages: " + length);
        }
      }
    }
  }
}

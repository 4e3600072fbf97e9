package dev.cairn.store.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Offsets and page numbers that no int holds; the files are holes but for a few pages. */
final class LargeFilesTest {
  private static final long GIB = 1L << 30;

  /** Pages at both sides of 2^31, 2^32 and 2^33 bytes, and the last. */
  private static SortedSet<Long> pages(long ram, int pageSize) {
    SortedSet<Long> pages = new TreeSet<>(List.of(0L, ram / pageSize - 1));
    for (long at = 2 * GIB; at <= 8 * GIB && at < ram; at *= 2) {
      long page = (at - Area.ALIGNMENT) / pageSize;
      pages.addAll(List.of(page - 1, page, at / pageSize - 1, at / pageSize));
    }
    return pages;
  }

  private static SealedFile write(
      StoreDirectory directory, FileHeader header, long ram, SortedSet<Long> pages)
      throws IOException {
    int pageSize = header.pageSize();
    PointLayout layout = TestFiles.layout(ram, pageSize);
    try (Arena arena = Arena.ofConfined();
        StoreOutput out = directory.create(header.name().text());
        LayerWriter writer =
            header.name().kind() == FileKind.BASE
                ? LayerWriter.base(header, directory, out, layout)
                : LayerWriter.layer(header, directory, out, FrameCodec.PLAIN)) {
      MemorySegment data = arena.allocate(pageSize, 64);
      for (long page : pages) {
        data.copyFrom(MemorySegment.ofArray(TestFiles.noise(page, pageSize)));
        writer.add(0, page, data);
      }
      return writer.seal(TestFiles.point(header, layout, List.of()), List.of());
    }
  }

  private static void assertPages(OpenFile index, OpenFile data, SortedSet<Long> pages)
      throws IOException {
    int pageSize = index.header().pageSize();
    assertEquals(pages.size(), index.directory().pageCount());
    long checkpoint = index.header().name().last();
    for (long page : pages) {
      assertArrayEquals(
          TestFiles.noise(page, pageSize),
          TestFiles.read(index, data, page, checkpoint).orElseThrow(),
          "page " + page);
      long next = page + 1;
      assertEquals(pages.contains(next), TestFiles.read(index, data, next, checkpoint).isPresent());
    }
  }

  private static void assertSums(OpenFile file) throws IOException {
    byte[] block = new byte[BlockSums.BLOCK];
    for (BlockSums.Run run : file.sums().runs()) {
      long offset = run.first() * BlockSums.BLOCK;
      long length = Math.min(BlockSums.BLOCK, file.metadataOffset() - offset);
      MemorySegment part = MemorySegment.ofArray(block).asSlice(0, length);
      file.readRaw(offset, part);
      assertEquals(run.crcs().getFirst(), new Crc().of(part), "at " + offset);
    }
  }

  @Test
  void realBaseImageHasPagesBehind4Gib(@TempDir Path temporary) throws IOException {
    FileHeader header = TestFiles.header(FileKind.BASE, 0, 0, 4096);
    long ram = 9 * GIB;
    SortedSet<Long> pages = pages(ram, 4096);
    try (StoreDirectory directory = FileSystemDirectory.create(temporary.resolve("store"))) {
      SealedFile sealed = write(directory, header, ram, pages);
      assertTrue(sealed.length() > ram && sealed.writtenBytes() < 1 << 20, "" + sealed);
      assertEquals(
          sealed.length(), Files.size(Path.of(directory.path()).resolve(header.name().text())));
      try (OpenFile file = TestFiles.open(directory, header.name())) {
        assertPages(file, file, pages);
        assertSums(file);
        assertEquals(sealed.sha(), file.metadataSha());
      }
    }
  }

  @Test
  void layerDrawsOnFramesBehind4Gib() throws IOException {
    FileHeader header = TestFiles.header(FileKind.BASE, 0, 0, 4096);
    SortedSet<Long> pages = pages(9 * GIB, 4096);
    StoreDirectory directory = MemoryDirectory.create();
    write(directory, header, 9 * GIB, pages);
    FileHeader merged = TestFiles.header(FileKind.LAYER, 1, 1, 4096);
    // Nobody may draw on a base image, but no other file is so large at so little cost.
    FileName packed = new FileName(FileKind.PAGES, 1, 1, header.name().fileId());
    try (OpenFile base = TestFiles.open(directory, header.name());
        StoreOutput out = directory.create(merged.name().text())) {
      MergedLayerWriter writer = new MergedLayerWriter(merged, out);
      DrawnTable drawn = new DrawnTable();
      for (int i = 0; i < base.directory().size(); i++) {
        Region region = base.region(i);
        Versions versions = new Versions();
        for (int v = 0; v < region.versions(); v++) {
          long address = drawn.take(packed, region.address(v), header.pageSize());
          versions.add(region.page(v), 1, region.crc(v), address);
        }
        writer.add(base.directory().key(i), versions);
      }
      Point point = TestFiles.point(merged, TestFiles.layout(9 * GIB, 4096), List.of());
      writer.seal(List.of(point), drawn.entries());
      try (OpenFile layer = TestFiles.open(directory, merged.name())) {
        assertPages(layer, base, pages);
      }
    }
  }

  @Test
  void layoutOf1TibIsStored() throws IOException {
    assertStored(1L << 40, 4096);
  }

  /** The largest layout of the smallest pages: page numbers end where u32 ends. */
  @Test
  void layoutOf2TibOfPagesOf512BytesIsStored() throws IOException {
    assertStored(1L << 41, 512);
  }

  private static void assertStored(long ram, int pageSize) throws IOException {
    SortedSet<Long> pages = pages(ram, pageSize);
    StoreDirectory directory = MemoryDirectory.create();
    for (FileKind kind : List.of(FileKind.BASE, FileKind.LAYER)) {
      FileHeader header = TestFiles.header(kind, 2, 2, pageSize);
      SealedFile sealed = write(directory, header, ram, pages);
      assertTrue(sealed.writtenBytes() < 1 << 20, "" + sealed);
      try (OpenFile file = TestFiles.open(directory, header.name())) {
        assertPages(file, file, pages);
        assertSums(file);
      }
    }
  }
}

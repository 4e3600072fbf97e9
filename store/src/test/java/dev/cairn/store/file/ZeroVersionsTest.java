package dev.cairn.store.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A page of zeros is a version without a frame; in a base image it is nothing at all. */
final class ZeroVersionsTest {
  private static final int PAGE = 4096;
  private static final FileHeader HEADER = TestFiles.header(FileKind.LAYER, 3, 3, PAGE);

  private final MemoryDirectory directory = MemoryDirectory.create();
  private final PointLayout layout = TestFiles.layout(5000L * PAGE, PAGE);

  /** Writes pages; those of an odd number are zeros if {@code alternating}, else all. */
  private OpenFile write(FileHeader header, int pages, FrameCodec codec, boolean alternating)
      throws IOException {
    boolean base = header.name().kind() == FileKind.BASE;
    try (Arena arena = Arena.ofConfined();
        StoreOutput out = directory.create(header.name().text());
        LayerWriter writer =
            base
                ? LayerWriter.base(header, directory, out, layout)
                : LayerWriter.layer(header, directory, out, codec)) {
      MemorySegment data = arena.allocate(PAGE, 64);
      for (int page = 0; page < pages; page++) {
        data.fill((byte) 0);
        if (alternating && page % 2 == 0) {
          data.copyFrom(MemorySegment.ofArray(TestFiles.noise(page, PAGE)));
        }
        writer.add(0, page, data);
      }
      Point.Written written = writer.written(false);
      int zeros = alternating ? pages / 2 : pages;
      assertEquals(base ? 0 : zeros, written.zeroPages());
      writer.seal(TestFiles.point(header, layout, List.of()), List.of());
    }
    return TestFiles.open(directory, header.name());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 256, 257, 4096})
  void regionOfZerosHasPresenceAlone(int pages) throws IOException {
    try (OpenFile file = write(HEADER, pages, FrameCodec.PLAIN, false)) {
      Directory.Entry entry = file.directory().entry(0);
      assertEquals(Region.ZEROS, entry.flags());
      assertEquals(pages > 256 ? 512 : (2 * pages + 7) / 8 * 8, entry.length());
      assertEquals(FileHeader.LENGTH, file.metadataOffset(), "no body");
      Region region = file.region(0);
      assertEquals(pages, region.versions());
      assertEquals(Crc.ofZeroPage(PAGE), region.crc(pages - 1));
      assertEquals(Address.ZERO, region.address(pages - 1));
      assertArrayEquals(new byte[PAGE], TestFiles.read(file, file, pages - 1L, 3).orElseThrow());
      assertTrue(TestFiles.read(file, file, pages, 3).isEmpty());
      assertTrue(TestFiles.read(file, file, 0, 2).isEmpty(), "not before it was written");
    }
  }

  @ParameterizedTest
  @EnumSource
  void zerosAmongOtherPagesReadAsZeros(FrameCodec codec) throws IOException {
    try (OpenFile file = write(HEADER, 20, codec, true)) {
      assertEquals(0, file.directory().entry(0).flags());
      for (int page = 0; page < 20; page++) {
        byte[] expected = page % 2 == 0 ? TestFiles.noise(page, PAGE) : new byte[PAGE];
        assertArrayEquals(expected, TestFiles.read(file, file, page, 3).orElseThrow());
      }
      assertEquals(10 * PAGE, file.files().getFirst().drawnBytes());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void zerosOfABaseImageAreHoles(boolean alternating) throws IOException {
    FileHeader header = TestFiles.header(FileKind.BASE, 0, 0, PAGE);
    try (OpenFile file = write(header, 20, FrameCodec.PLAIN, alternating)) {
      assertEquals(alternating ? 10 : 0, file.directory().pageCount());
      for (int page = 0; page < 20; page++) {
        assertEquals(alternating && page % 2 == 0, TestFiles.read(file, file, page, 0).isPresent());
      }
      assertTrue(file.storedBytes() < 12 * PAGE, "" + file.storedBytes());
    }
  }
}

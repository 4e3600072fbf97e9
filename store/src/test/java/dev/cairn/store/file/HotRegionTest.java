package dev.cairn.store.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

/** A region with more than 65,536 versions lies in pieces, and reads as if it did not. */
final class HotRegionTest {
  private static final int CHECKPOINTS = 100_000;
  private static final FileHeader HEADER = TestFiles.header(FileKind.LAYER, 1, CHECKPOINTS, 4096);
  private static final FileName DRAWN = new FileName(FileKind.PAGES, 1, CHECKPOINTS, 9);

  private final MemoryDirectory directory = MemoryDirectory.create();
  private final Versions piece = new Versions();
  private long pieceKey;

  private static long address(int page, int checkpoint) {
    return Address.of(Address.LZ4, 1, 128 + 64L * (page + 4096L * (checkpoint % 64)), 64);
  }

  /**
   * Writes a layer: block 0's second region is hot, the one before and the one behind are not.
   *
   * @param count how many versions a page of the hot region has
   */
  private OpenFile write(IntUnaryOperator count) throws IOException {
    try (StoreOutput out = directory.create(HEADER.name().text())) {
      MergedLayerWriter writer = new MergedLayerWriter(HEADER, out);
      pieceKey = 0;
      piece.add(4095, 1, 7, address(4095, 1));
      endPiece(writer, 4096);
      for (int page = 0; page < 4096; page++) {
        int versions = count.applyAsInt(page);
        if (versions > 0 && piece.size() >= Region.PIECE_VERSIONS) {
          endPiece(writer, 4096 + page);
        }
        for (int checkpoint = 1; checkpoint <= versions; checkpoint++) {
          piece.add(page, checkpoint, page ^ checkpoint, address(page, checkpoint));
        }
      }
      endPiece(writer, 8192);
      piece.add(0, 5, 7, address(0, 5));
      endPiece(writer, 0);
      Point point = TestFiles.point(HEADER, TestFiles.layout(3 << 24, 4096), List.of());
      writer.seal(List.of(point), List.of(new DrawnFile(DRAWN, 1, 1)));
    }
    return TestFiles.open(directory, HEADER.name());
  }

  private void endPiece(MergedLayerWriter writer, long nextKey) throws IOException {
    writer.add(pieceKey, piece);
    piece.clear();
    pieceKey = nextKey;
  }

  /** Finds a version as FORMAT.md says: in the last entry at or below the page. */
  private static void assertVersions(OpenFile file, IntUnaryOperator count) throws IOException {
    Directory directory = file.directory();
    int entry = -1;
    Region region = file.region(0);
    for (int page = 0; page < 4096; page++) {
      int found = directory.ceiling(4096 + page + 1) - 1;
      if (found != entry) {
        entry = found;
        region = file.region(entry);
      }
      int versions = count.applyAsInt(page);
      assertEquals(Region.ABSENT, region.find(page, 0), "page " + page);
      int last = region.find(page, CHECKPOINTS);
      assertEquals(versions == 0, last == Region.ABSENT, "page " + page);
      if (versions > 0) {
        assertEquals(versions, region.checkpoint(last));
        int middle = region.find(page, (versions + 1) / 2);
        assertEquals((versions + 1) / 2, region.checkpoint(middle));
        assertEquals(page ^ (versions + 1) / 2, region.crc(middle));
        assertEquals(address(page, (versions + 1) / 2), region.address(middle));
      }
    }
  }

  @Test
  void regionOfManyPagesLiesInPieces() throws IOException {
    IntUnaryOperator count = page -> page % 10 == 3 ? 0 : 40 + page % 3;
    try (OpenFile file = write(count)) {
      assertVersions(file, count);
      Directory directory = file.directory();
      assertEquals(2 + 3, directory.size());
      assertEquals(0, directory.entry(1).firstPage() % 4096, "the first piece has the first page");
      for (int i = 1; i < 4; i++) {
        Directory.Entry entry = directory.entry(i);
        assertEquals(4096, Directory.regionOf(entry.key()));
        assertEquals(directory.entry(i + 1).firstPage(), entry.endPage());
        assertTrue(entry.versions() < Region.PIECE_VERSIONS + 42, "" + entry);
        assertTrue(i == 3 || entry.versions() >= Region.PIECE_VERSIONS, "" + entry);
      }
    }
  }

  @Test
  void pageIsNeverCutHoweverManyVersionsItHas() throws IOException {
    IntUnaryOperator count = page -> page == 70 ? CHECKPOINTS : page % 100 == 0 ? 1 : 0;
    try (OpenFile file = write(count)) {
      assertVersions(file, count);
      assertEquals(2 + 2, file.directory().size());
      assertEquals(1 + CHECKPOINTS, file.directory().entry(1).versions());
      assertEquals(4096 + 100, file.directory().entry(2).firstPage());
    }
  }

  @Test
  void pieceMayBeginBehindPagesWithoutVersions() throws IOException {
    IntUnaryOperator count = page -> page < 1639 ? 40 : page < 4000 ? 0 : 1;
    try (OpenFile file = write(count)) {
      assertVersions(file, count);
      assertEquals(4096 + 4000, file.directory().entry(2).firstPage());
    }
  }

  @Test
  void pagesWithinAPieceAscend() {
    piece.add(5, 1, 0, 0);
    piece.add(5, 2, 0, 0);
    assertThrows(IllegalArgumentException.class, () -> piece.add(5, 2, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> piece.add(4, 3, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> piece.add(4096, 3, 0, 0));
  }
}

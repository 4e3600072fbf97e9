package dev.cairn.tools.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairn.tools.linux.Extents;
import dev.cairn.tools.linux.SparseFile;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** When the word of a file system about holes is believed. */
class HolesTest {
  private static final int PAGE = 4096;
  private static final long LENGTH = 16 << 20;

  /** A file with one piece of data, on a file system with blocks of some size. */
  private record OnePiece(long from, long to, long allocatedBytes, long blockBytes)
      implements Extents {
    @Override
    public long data(long offset) {
      return offset < to ? Math.max(offset, from) : Long.MAX_VALUE;
    }

    @Override
    public long hole(long offset) {
      return offset < from || offset >= to ? offset : to;
    }
  }

  @Test
  void holesOnAFileSystemWithBlocksOfAPageAreBelieved() throws IOException {
    Holes holes = Holes.of(new OnePiece(PAGE, 3 * PAGE, 2 * PAGE, PAGE), LENGTH, PAGE);
    assertEquals(new Holes(true, true, PAGE), holes);
  }

  @Test
  void aFullFileHasNoHoles() throws IOException {
    Holes holes = Holes.of(new OnePiece(0, LENGTH, LENGTH + 8192, 1 << 20), LENGTH, PAGE);
    assertEquals(new Holes(true, false, PAGE), holes);
  }

  @Test
  void noHolesButLessAllocatedThanLongIsAFileSystemThatDoesNotTell() throws IOException {
    Holes holes = Holes.of(new OnePiece(0, LENGTH, 2 * PAGE, PAGE), LENGTH, PAGE);
    assertEquals(new Holes(false, false, PAGE), holes);
  }

  @Test
  void aFileSystemWithoutSeekHoleDoesNotTell() throws IOException {
    Extents none =
        new Extents() {
          @Override
          public long data(long offset) throws IOException {
            throw new SparseFile.UntoldHolesException("file");
          }

          @Override
          public long hole(long offset) throws IOException {
            throw new SparseFile.UntoldHolesException("file");
          }

          @Override
          public long allocatedBytes() {
            return 0;
          }

          @Override
          public long blockBytes() {
            return PAGE;
          }
        };
    assertEquals(new Holes(false, false, PAGE), Holes.of(none, LENGTH, PAGE));
  }

  @Test
  void oneDirtyPageThatBecameAHugeBlockIsFoundOut() throws IOException {
    long huge = 2 << 20;
    Holes holes = Holes.of(new OnePiece(huge, 2 * huge, huge, huge), LENGTH, PAGE);
    assertEquals(new Holes(true, true, huge), holes);
  }

  @Test
  void aBorderWithinALargeBlockShowsThatPagesAreToldApart() throws IOException {
    long large = 1 << 20;
    Holes holes = Holes.of(new OnePiece(large, large + PAGE, PAGE, large), LENGTH, PAGE);
    assertEquals(new Holes(true, true, PAGE), holes);
  }

  @Test
  void aFileOfOneHoleIsBelievedWhateverTheBlocks() throws IOException {
    Holes holes = Holes.of(new OnePiece(0, 0, 0, 2 << 20), LENGTH, PAGE);
    assertEquals(new Holes(true, true, PAGE), holes);
  }
}

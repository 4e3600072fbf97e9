package dev.cairn.transport.pages;

import dev.cairn.chain.PointProjection;
import dev.cairn.store.file.PageReader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Where the pages of one point are read from. Thread-safe; a reader is of one thread at a time. */
public interface PagePlaces {
  /** Pages of a word: what is wanted of one is the bits of a long. */
  int WORD_PAGES = PointProjection.WORD_PAGES;

  /** Those of a point that is here. */
  static PagePlaces of(PointProjection projection) {
    return new PagePlaces() {
      @Override
      public long read(PageReader reader, int block, long page, long wanted, MemorySegment into)
          throws IOException {
        return projection.read(reader, block, page, wanted, into);
      }

      @Override
      public int crc(int block, long page) throws IOException {
        return projection.crc(block, page);
      }
    };
  }

  /**
   * Reads and checks pages of a word; the places of others stay as they are.
   *
   * @param page the word's first page
   * @param wanted bit i for page {@code page + i}
   * @param into native memory of a whole word
   * @return those of the wanted that were read; the others are zero
   */
  long read(PageReader reader, int block, long page, long wanted, MemorySegment into)
      throws IOException;

  /** Returns the CRC-32C that a page other than zero had when it was captured. */
  int crc(int block, long page) throws IOException;
}

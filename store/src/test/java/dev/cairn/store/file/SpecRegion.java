package dev.cairn.store.file;

import java.util.ArrayList;
import java.util.List;

/**
 * A region's columns, read one after another as FORMAT.md's table {@code columns} has them; knows
 * no code of Cairn. Immutable.
 */
final class SpecRegion {
  private static final long FIRST_OF_PAGE = 1L << 31;

  private final List<String> flags;
  private final int pageSize;
  private final long firstAddress;
  private final List<Integer> pages = new ArrayList<>();
  private final List<Long> checkpoints = new ArrayList<>();
  private final List<Integer> crcs = new ArrayList<>();
  private final List<Long> addresses = new ArrayList<>();
  private final List<Integer> ranks = new ArrayList<>();
  private final byte[] file;
  private final long start;
  private long at;

  SpecRegion(byte[] file, long at, List<String> flags, int pageCount, int versions, int pageSize) {
    this.file = file;
    this.start = at;
    this.at = at;
    this.flags = flags;
    this.pageSize = pageSize;
    boolean implied = flags.contains("STRIDED") || flags.contains("FIXED");
    boolean zeros = flags.contains("ZEROS");
    firstAddress = implied ? next(8) : 0;
    presence(pageCount);
    for (int v = 0; v < versions; v++) {
      long word = flags.contains("VERSIONED") ? next(4) : FIRST_OF_PAGE;
      checkpoints.add(word & ~FIRST_OF_PAGE);
      int rank = v == 0 ? -1 : ranks.getLast();
      ranks.add((word & FIRST_OF_PAGE) != 0 ? rank + 1 : rank);
    }
    for (int v = 0; v < versions && !zeros; v++) {
      crcs.add((int) next(4));
    }
    pad(8);
    for (int v = 0; v < versions && !implied && !zeros; v++) {
      addresses.add(next(8));
    }
  }

  private long next(int bytes) {
    at += bytes;
    return SpecRecord.number(file, at - bytes, bytes);
  }

  private void pad(int multiple) {
    while ((at - start) % multiple != 0) {
      at++;
    }
  }

  private void presence(int pageCount) {
    if (pageCount <= 256) {
      for (int i = 0; i < pageCount; i++) {
        pages.add((int) next(2));
      }
      pad(4);
      return;
    }
    for (int i = 0; i < 512; i++) {
      long bits = next(1);
      for (int bit = 0; bit < 8; bit++) {
        if ((bits >> bit & 1) == 1) {
          pages.add(8 * i + bit);
        }
      }
    }
  }

  /** Returns the offset behind the padding. */
  long end() {
    return at;
  }

  int page(int version) {
    return pages.get(ranks.get(version));
  }

  long checkpoint(int version) {
    return checkpoints.get(version);
  }

  int crc(int version) {
    return crcs.get(version);
  }

  long address(int version) {
    if (flags.contains("ZEROS")) {
      return 0;
    }
    if (flags.contains("FIXED")) {
      return firstAddress + (long) page(version) * pageSize / 64;
    }
    return flags.contains("STRIDED")
        ? firstAddress + (long) version * pageSize / 64
        : addresses.get(version);
  }
}

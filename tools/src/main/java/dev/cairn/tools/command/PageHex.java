package dev.cairn.tools.command;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.PointView;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.RamBlock;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * One page at two points, side by side in hex: lines with a change, and those around them. Changed
 * bytes have a {@code *} before them. Immutable.
 */
final class PageHex {
  private static final int PER_LINE = 8;
  private static final int AROUND = 1;
  private static final int HEX_WIDTH = 3 * PER_LINE;
  private static final HexFormat HEX = HexFormat.of();

  private final byte[] a;
  private final byte[] b;

  PageHex(byte[] a, byte[] b) {
    this.a = a.clone();
    this.b = b.clone();
  }

  /**
   * A page, by the name of its block and its number in it. Immutable.
   *
   * @param block may have colons in its name
   */
  record Place(String block, long page) {
    /** Reads {@code BLOCK:PAGE}; the number may be hexadecimal, with {@code 0x}. */
    static Place parse(String text) {
      int colon = text.lastIndexOf(':');
      try {
        long page = colon < 1 ? -1 : Long.decode(text.substring(colon + 1));
        if (page >= 0) {
          return new Place(text.substring(0, colon), page);
        }
      } catch (NumberFormatException e) {
        throw expected(text);
      }
      throw expected(text);
    }

    private static UsageException expected(String text) {
      return new UsageException(
          "--pages " + text + ": expected BLOCK:PAGE, such as pc.ram:17; for names: cairn diff");
    }
  }

  /**
   * Reads a page of a point; empty if its machine does not have it there.
   *
   * @throws NoSuchPointException if the chain has no such block at all
   */
  static Optional<byte[]> read(ChainSnapshot snapshot, long checkpoint, Place place)
      throws IOException {
    if (!snapshot.manifest().blocks().contains(place.block)) {
      throw new NoSuchPointException(
          "chain "
              + snapshot.chain()
              + " has no RAM block "
              + place.block
              + "; it has: "
              + String.join(", ", snapshot.manifest().blocks()));
    }
    PointView view = snapshot.view(checkpoint);
    List<RamBlock> blocks = view.layout().blocks();
    int pageSize = view.layout().pageSize();
    for (int i = 0; i < blocks.size(); i++) {
      if (blocks.get(i).name().equals(place.block) && place.page < blocks.get(i).pages(pageSize)) {
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment page = arena.allocate(pageSize, 4096);
          view.read(i, place.page, page);
          return Optional.of(page.toArray(ValueLayout.JAVA_BYTE));
        }
      }
    }
    return Optional.empty();
  }

  /** Returns the ranges of bytes that differ: offset and length. */
  List<List<Integer>> changed() {
    List<List<Integer>> ranges = new ArrayList<>();
    int from = -1;
    for (int i = 0; i <= a.length; i++) {
      boolean differs = i < a.length && a[i] != b[i];
      if (differs && from < 0) {
        from = i;
      } else if (!differs && from >= 0) {
        ranges.add(List.of(from, i - from));
        from = -1;
      }
    }
    return ranges;
  }

  /** Returns the lines; where some are left out there is one with an ellipsis. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    int told = -1;
    for (int line = 0; line < a.length / PER_LINE; line++) {
      if (isNear(line)) {
        if (line != told + 1) {
          lines.add("...");
        }
        told = line;
        lines.add(text(line * PER_LINE));
      }
    }
    if (told >= 0 && told < a.length / PER_LINE - 1) {
      lines.add("...");
    }
    return lines;
  }

  private boolean isNear(int line) {
    int from = Math.max(0, (line - AROUND) * PER_LINE);
    int to = Math.min(a.length, (line + AROUND + 1) * PER_LINE);
    for (int i = from; i < to; i++) {
      if (a[i] != b[i]) {
        return true;
      }
    }
    return false;
  }

  private String text(int offset) {
    return HEX.toHexDigits(offset, 5) + side(a, offset) + " |" + side(b, offset);
  }

  private String side(byte[] page, int offset) {
    StringBuilder hex = new StringBuilder(HEX_WIDTH);
    StringBuilder characters = new StringBuilder(PER_LINE);
    for (int i = offset; i < offset + PER_LINE; i++) {
      hex.append(a[i] == b[i] ? ' ' : '*').append(HEX.toHexDigits(page[i]));
      boolean printable = page[i] > ' ' && page[i] < 0x7f;
      characters.append(printable ? (char) page[i] : '.');
    }
    return hex + "  " + characters;
  }
}

package dev.cairn.tests.damage;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;

/** Which damages a store is given: all there are, but for the inside of holes. Pure. */
final class Harms {
  /** A base image has a hole before this offset: its pages start here. */
  private static final long PAGES = 1 << 20;

  private static final int HEADER = 128;
  private static final int FOOTER = 64;

  private final Picture whole;
  private final Random random;

  /**
   * @param random chooses places in holes
   */
  Harms(Picture whole, Random random) {
    this.whole = whole;
    this.random = random;
  }

  /** Returns one path of each file that has bytes; the linked ones once. */
  List<String> files() {
    return whole.paths().stream()
        .filter(path -> whole.get(path).length() > 0)
        .filter(path -> whole.links(path).first().equals(path))
        .toList();
  }

  /** Returns every bit of metadata, and one of each byte of the body. */
  List<Harm> bits(String path) {
    List<Harm> bits = new ArrayList<>();
    Contents file = whole.get(path);
    for (long offset : places(path)) {
      boolean all = isText(path) || offset < HEADER || offset >= metadataOffset(file);
      for (int bit = all ? 0 : random.nextInt(8), n = all ? 8 : 1; n > 0; bit++, n--) {
        bits.add(new Harm.Flip(path, offset, bit));
      }
    }
    return bits;
  }

  /** Returns every length below the file's own. */
  List<Harm> cuts(String path) {
    List<Harm> cuts = new ArrayList<>();
    places(path).forEach(length -> cuts.add(new Harm.Cut(path, length)));
    return cuts;
  }

  private static boolean isText(String path) {
    return path.contains("MANIFEST") || path.endsWith("STORE");
  }

  /** Returns where metadata begin, as the footer says. */
  private static long metadataOffset(Contents file) {
    byte[] bytes = file.bytes();
    long offset = 0;
    for (int i = 7; i >= 0; i--) {
      offset = (offset << 8) | (bytes[bytes.length - FOOTER + i] & 0xff);
    }
    return offset;
  }

  /** Returns all offsets, but of a hole some, and its edges. */
  private SortedSet<Long> places(String path) {
    SortedSet<Long> places = new TreeSet<>();
    long length = whole.get(path).length();
    boolean hole = path.endsWith(".base");
    for (long offset = 0; offset < length; offset++) {
      boolean inside = hole && offset > HEADER + FOOTER && offset < PAGES - 2L * FOOTER;
      if (!inside || random.nextInt(4096) == 0) {
        places.add(offset);
      }
    }
    return places;
  }

  /** Returns what is longer than it was. */
  List<Harm> extensions(String path) {
    List<Harm> longer = new ArrayList<>();
    for (int more : new int[] {1, 7, 63, FOOTER, FOOTER + HEADER, 4096}) {
      longer.add(new Harm.Extend(path, more, true));
      longer.add(new Harm.Extend(path, more, false));
    }
    return longer;
  }

  /** Returns every file in the place of every other one that has other bytes. */
  List<Harm> swaps() {
    List<Harm> swaps = new ArrayList<>();
    for (String path : files()) {
      for (String by : files()) {
        if (!Arrays.equals(whole.get(path).bytes(), whole.get(by).bytes())) {
          swaps.add(new Harm.Replace(path, by));
        }
      }
    }
    return swaps;
  }

  /** Returns every file of another store in the place of every one, but those that are equal. */
  List<Harm> swaps(Picture other) {
    List<Harm> swaps = new ArrayList<>();
    for (String path : files()) {
      for (String by : new Harms(other, random).files()) {
        Harm.Foreign swap = new Harm.Foreign(path, by, other.get(by));
        if (!swap.isSame(whole)) {
          swaps.add(swap);
        }
      }
    }
    return swaps;
  }

  /** Returns every name away, of linked files each by itself. */
  List<Harm> removals() {
    List<Harm> gone = new ArrayList<>();
    whole.paths().forEach(path -> gone.add(new Harm.Remove(path)));
    return gone;
  }
}

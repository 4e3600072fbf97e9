package dev.cairn.chain;

import dev.cairn.store.file.Crc;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.file.Versions;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The pages in which two restore points differ. Pages with the same owner are equal without being
 * read, pages with other checksums are not; what is left is compared byte by byte, for a checksum
 * alone is no evidence that two pages are equal. Not thread-safe.
 */
public final class PointDiff {
  /**
   * Consecutive pages that differ. Immutable.
   *
   * @param page first one
   * @param count how many
   */
  public record Range(long page, long count) {}

  /**
   * What differs in a RAM block. Immutable.
   *
   * @param name of the block
   * @param pages how many differ; all of them in a block that only one point has
   * @param ranges ascending
   * @param zeroPages of these, as the second point has no content in them
   */
  public record Block(String name, long pages, List<Range> ranges, long zeroPages) {}

  private static final long PIECE_BYTES = 1 << 20;

  private final ChainSnapshot snapshot;
  private final PointView a;
  private final PointView b;
  private final int pageSize;
  private final int zeroCrc;

  public PointDiff(ChainSnapshot snapshot, long first, long second) throws IOException {
    this.snapshot = snapshot;
    this.a = snapshot.view(first);
    this.b = snapshot.view(second);
    this.pageSize = snapshot.manifest().pageSize();
    this.zeroCrc = Crc.ofZeroPage(pageSize);
  }

  /** Compares all blocks of both points, in the order of their ordinals. */
  public List<Block> run() throws IOException {
    return run(Progress.NONE);
  }

  /**
   * The same.
   *
   * @param progress is told of bytes of memory looked at
   */
  public List<Block> run(Progress progress) throws IOException {
    long all = 0;
    for (int i = 0; i < snapshot.manifest().blocks().size(); i++) {
      all += Math.min(a.point().layout().pages(i), b.point().layout().pages(i)) * pageSize;
    }
    ByteCount count = new ByteCount(progress, all);
    List<Block> found = run(count);
    count.end();
    return found;
  }

  private List<Block> run(ByteCount bytes) throws IOException {
    List<Block> blocks = new ArrayList<>();
    List<String> names = snapshot.manifest().blocks();
    for (int ordinal = 0; ordinal < names.size(); ordinal++) {
      long pagesOfA = a.point().layout().pages(ordinal);
      long pagesOfB = b.point().layout().pages(ordinal);
      if (pagesOfA > 0 || pagesOfB > 0) {
        blocks.add(compare(names.get(ordinal), ordinal, pagesOfA, pagesOfB, bytes));
      }
    }
    return blocks;
  }

  private Block compare(String name, int ordinal, long pagesOfA, long pagesOfB, ByteCount bytes)
      throws IOException {
    List<Range> ranges = new ArrayList<>();
    long zeroPages = Math.max(0, pagesOfA - pagesOfB);
    long common = Math.min(pagesOfA, pagesOfB);
    try (Regions regions = new Regions()) {
      for (long first = 0; first < common; first += Versions.REGION_PAGES) {
        int count = (int) Math.min(Versions.REGION_PAGES, common - first);
        BitSet differing = regions.compare(Directory.keyOf(ordinal, first), count);
        for (int i = differing.nextSetBit(0); i >= 0; i = differing.nextSetBit(i + 1)) {
          add(ranges, first + i, 1);
          zeroPages += regions.planOfB.isPresent(i) ? 0 : 1;
        }
        bytes.add((long) count * pageSize);
      }
    }
    if (pagesOfA != pagesOfB) {
      add(ranges, common, Math.max(pagesOfA, pagesOfB) - common);
    }
    return new Block(
        name, ranges.stream().mapToLong(Range::count).sum(), List.copyOf(ranges), zeroPages);
  }

  /** Memory for a piece of both points, and what is known of one region. */
  private final class Regions implements Closeable {
    private final Arena arena = Arena.ofConfined();
    private final PageReader reader = new PageReader(pageSize, arena);
    private final MemorySegment pieceOfA = arena.allocate(PIECE_BYTES, 4096);
    private final MemorySegment pieceOfB = arena.allocate(PIECE_BYTES, 4096);
    private final RegionPlan planOfA = a.plan();
    private final RegionPlan planOfB = b.plan();

    /** Returns which of a region's first pages differ. */
    BitSet compare(long key, int count) throws IOException {
      planOfA.load(key);
      planOfB.load(key);
      BitSet differing = new BitSet();
      BitSet unsure = new BitSet();
      for (int i = 0; i < count; i++) {
        if (!planOfA.hasSameOwner(planOfB, i)) {
          (crc(planOfA, i) == crc(planOfB, i) ? unsure : differing).set(i);
        }
      }
      int most = (int) (PIECE_BYTES / pageSize);
      for (int from = unsure.nextSetBit(0); from >= 0; from = unsure.nextSetBit(from + most)) {
        BitSet piece = new BitSet();
        piece.or(unsure);
        piece.clear(0, from);
        piece.clear(from + most, Versions.REGION_PAGES + most);
        read(planOfA, piece, from, pieceOfA);
        read(planOfB, piece, from, pieceOfB);
        for (int i = piece.nextSetBit(0); i >= 0; i = piece.nextSetBit(i + 1)) {
          long at = (long) (i - from) * pageSize;
          long end = at + pageSize;
          differing.set(i, MemorySegment.mismatch(pieceOfA, at, end, pieceOfB, at, end) >= 0);
        }
      }
      return differing;
    }

    private int crc(RegionPlan plan, int page) {
      return plan.isPresent(page) ? plan.crc(page) : zeroCrc;
    }

    /** Reads pages of a plan; absent ones are zero. */
    private void read(RegionPlan plan, BitSet pages, int first, MemorySegment piece)
        throws IOException {
      BitSet present = new BitSet();
      for (int i = pages.nextSetBit(0); i >= 0; i = pages.nextSetBit(i + 1)) {
        present.set(i, plan.isPresent(i));
        if (!plan.isPresent(i)) {
          piece.asSlice((long) (i - first) * pageSize, pageSize).fill((byte) 0);
        }
      }
      plan.readOnly(reader, present, first, piece);
    }

    @Override
    public void close() {
      reader.close();
      arena.close();
    }
  }

  private static void add(List<Range> ranges, long page, long count) {
    if (!ranges.isEmpty() && ranges.getLast().page + ranges.getLast().count == page) {
      Range last = ranges.removeLast();
      ranges.add(new Range(last.page, last.count + count));
    } else {
      ranges.add(new Range(page, count));
    }
  }
}

package dev.cairn.chain;

import dev.cairn.store.file.Directory;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.file.Versions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The pages in which two restore points differ. Pages with the same owner are equal without being
 * read; others are compared byte by byte. Not thread-safe.
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
   */
  public record Block(String name, long pages, List<Range> ranges) {}

  private final ChainSnapshot snapshot;
  private final PointView a;
  private final PointView b;
  private final int pageSize;

  public PointDiff(ChainSnapshot snapshot, long first, long second) throws IOException {
    this.snapshot = snapshot;
    this.a = snapshot.view(first);
    this.b = snapshot.view(second);
    this.pageSize = snapshot.manifest().pageSize();
  }

  /** Compares all blocks of both points, in the order of their ordinals. */
  public List<Block> run() throws IOException {
    List<Block> blocks = new ArrayList<>();
    List<String> names = snapshot.manifest().blocks();
    for (int ordinal = 0; ordinal < names.size(); ordinal++) {
      long pagesOfA = a.point().layout().pages(ordinal);
      long pagesOfB = b.point().layout().pages(ordinal);
      if (pagesOfA > 0 || pagesOfB > 0) {
        blocks.add(compare(names.get(ordinal), ordinal, pagesOfA, pagesOfB));
      }
    }
    return blocks;
  }

  private Block compare(String name, int ordinal, long pagesOfA, long pagesOfB) throws IOException {
    List<Range> ranges = new ArrayList<>();
    long common = Math.min(pagesOfA, pagesOfB);
    RegionPlan planOfA = a.plan();
    RegionPlan planOfB = b.plan();
    try (Arena arena = Arena.ofConfined();
        PageReader reader = new PageReader(pageSize)) {
      MemorySegment pageOfA = arena.allocate(pageSize, 64);
      MemorySegment pageOfB = arena.allocate(pageSize, 64);
      for (long first = 0; first < common; first += Versions.REGION_PAGES) {
        planOfA.load(Directory.keyOf(ordinal, first));
        planOfB.load(Directory.keyOf(ordinal, first));
        int count = (int) Math.min(Versions.REGION_PAGES, common - first);
        for (int i = 0; i < count; i++) {
          if (planOfA.hasSameOwner(planOfB, i)) {
            continue;
          }
          planOfA.read(reader, i, pageOfA);
          planOfB.read(reader, i, pageOfB);
          if (pageOfA.mismatch(pageOfB) >= 0) {
            add(ranges, first + i, 1);
          }
        }
      }
    }
    if (pagesOfA != pagesOfB) {
      add(ranges, common, Math.max(pagesOfA, pagesOfB) - common);
    }
    return new Block(name, ranges.stream().mapToLong(Range::count).sum(), List.copyOf(ranges));
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

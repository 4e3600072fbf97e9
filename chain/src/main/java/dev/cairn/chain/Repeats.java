package dev.cairn.chain;

import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.file.Versions;
import dev.cairn.store.io.Segments;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Tells which pages of a delta are what the newest point has already: a hypervisor tells of pages
 * that were written, and a guest often writes what is there. An equal checksum in the index says
 * that a page is worth a read; its bytes decide. Asked in the order of pages, as a region is
 * planned once. Not thread-safe.
 */
final class Repeats implements Closeable {
  private final Arena arena = Arena.ofConfined();
  private final RegionPlan plan;
  private final PageReader reader;
  private final MemorySegment below;
  private long planned = -1;

  /**
   * @param snapshot with a tip, which the delta lies on
   */
  Repeats(ChainSnapshot snapshot) {
    Manifest manifest = snapshot.manifest();
    plan = new RegionPlan(snapshot, manifest.tip().orElseThrow().number());
    reader = PageReader.unchecked(manifest.pageSize(), arena);
    below = arena.allocate(manifest.pageSize(), 64);
  }

  /** Tells whether a page of zeros has nothing but zeros below it. */
  boolean isZero(int ordinal, long page) throws IOException {
    return !plan(ordinal, page).isPresent(inRegion(page));
  }

  /**
   * Tells whether the newest point has the same page.
   *
   * @param content not zero
   * @param crc CRC-32C of the content
   */
  boolean has(int ordinal, long page, MemorySegment content, int crc) throws IOException {
    RegionPlan at = plan(ordinal, page);
    int i = inRegion(page);
    if (!at.isPresent(i) || at.crc(i) != crc) {
      return false;
    }
    at.readPresent(reader, i, below);
    return Segments.equal(content, 0, below, 0, below.byteSize());
  }

  private static int inRegion(long page) {
    return (int) (page % Versions.REGION_PAGES);
  }

  private RegionPlan plan(int ordinal, long page) throws IOException {
    long key = Directory.keyOf(ordinal, page);
    if (key != planned) {
      plan.load(key);
      planned = key;
    }
    return plan;
  }

  @Override
  public void close() {
    reader.close();
    arena.close();
  }
}

package dev.cairn.tools.bench;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.file.Region;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The versions of each page that some retained point of a chain sees: what merging keeps, whether
 * it has come by yet or not. Holds no more than the index of one region. Not thread-safe.
 */
final class PageHistories {
  /** Takes the histories one after the other. */
  @FunctionalInterface
  interface Visitor {
    /**
     * Takes one.
     *
     * @param page its number; those of a block follow each other
     * @param versions from old to new; one at least
     */
    void page(long page, List<Version> versions) throws IOException;
  }

  /**
   * What one checkpoint says of a page. Immutable.
   *
   * @param address of its frame, as the index that has it says it
   */
  record Version(OpenFile index, long checkpoint, long address, int crc) {
    boolean isZero() {
      return address == Address.ZERO;
    }
  }

  private final ChainSnapshot snapshot;
  private final NavigableSet<Long> retained;

  /** Looks at a snapshot, which must outlive it. */
  PageHistories(ChainSnapshot snapshot) throws IOException {
    this.snapshot = snapshot;
    this.retained = snapshot.points().navigableKeySet();
  }

  /** Reads the indexes, region by region. */
  void forEach(Visitor visitor) throws IOException {
    NavigableSet<Long> regions = new TreeSet<>();
    for (FileEntry entry : snapshot.manifest().indexes()) {
      Directory directory = snapshot.file(entry).directory();
      for (int i = 0; i < directory.size(); i++) {
        regions.add(Directory.regionOf(directory.key(i)));
      }
    }
    for (long region : regions) {
      Map<Integer, List<Version>> pages = new TreeMap<>();
      for (FileEntry entry : snapshot.manifest().indexes()) {
        collect(entry, region, pages);
      }
      for (Map.Entry<Integer, List<Version>> page : pages.entrySet()) {
        List<Version> seen = seen(page.getValue());
        if (!seen.isEmpty()) {
          visitor.page(region + page.getKey(), seen);
        }
      }
    }
  }

  private void collect(FileEntry entry, long key, Map<Integer, List<Version>> pages)
      throws IOException {
    Manifest manifest = snapshot.manifest();
    OpenFile file = snapshot.file(entry);
    Directory directory = file.directory();
    for (int i = directory.ceiling(key);
        i < directory.size() && Directory.regionOf(directory.key(i)) == key;
        i++) {
      Region region = file.region(i);
      for (int rank = 0; rank < region.pageCount(); rank++) {
        for (int v = region.firstVersion(rank); v < region.endVersion(rank); v++) {
          if (manifest.covers(entry, region.checkpoint(v))) {
            pages
                .computeIfAbsent(region.page(rank), _ -> new ArrayList<>())
                .add(new Version(file, region.checkpoint(v), region.address(v), region.crc(v)));
          }
        }
      }
    }
  }

  /** Leaves out versions that were written over before the next retained point. */
  private List<Version> seen(List<Version> all) {
    List<Version> seen = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      Long point = retained.ceiling(all.get(i).checkpoint());
      if (point != null && (i + 1 == all.size() || point < all.get(i + 1).checkpoint())) {
        seen.add(all.get(i));
      }
    }
    return seen;
  }

  /**
   * Reads and checks a version that is not zero.
   *
   * @param into native memory of one page
   */
  void read(PageReader reader, Version version, MemorySegment into) throws IOException {
    OpenFile owner = snapshot.drawn(version.index(), Address.ordinal(version.address()));
    reader.begin();
    reader.want(owner, version.address(), version.crc(), 0);
    reader.readInto(into);
  }
}

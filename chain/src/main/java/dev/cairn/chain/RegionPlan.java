package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.file.Region;
import dev.cairn.store.file.Versions;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * For each page of one region: who owns it at a point. Planned newest to oldest, each index asked
 * once; reused from region to region. Not thread-safe, but what is loaded may be read by several
 * threads at once.
 */
public final class RegionPlan {
  private final ChainSnapshot snapshot;
  private final long checkpoint;
  private final long[] addresses = new long[Versions.REGION_PAGES];
  private final int[] crcs = new int[Versions.REGION_PAGES];
  private final @Nullable OpenFile[] owners = new OpenFile[Versions.REGION_PAGES];
  private final boolean[] known = new boolean[Versions.REGION_PAGES];

  /**
   * Makes a plan of nothing yet.
   *
   * @param checkpoint the point to look from
   */
  public RegionPlan(ChainSnapshot snapshot, long checkpoint) {
    this.snapshot = snapshot;
    this.checkpoint = checkpoint;
  }

  /**
   * Plans a region.
   *
   * @param key as in {@link Directory}
   */
  public void load(long key) throws IOException {
    Arrays.fill(known, false);
    Arrays.fill(owners, null);
    Arrays.fill(addresses, 0);
    List<FileEntry> indexes = snapshot.manifest().indexes();
    for (int i = indexes.size() - 1; i >= 0; i--) {
      FileEntry entry = indexes.get(i);
      if (entry.name().first() <= checkpoint) {
        take(entry, key);
      }
    }
  }

  private void take(FileEntry entry, long key) throws IOException {
    OpenFile file = snapshot.file(entry);
    Directory directory = file.directory();
    long limit = Math.min(checkpoint, entry.through());
    // What a layer says at or below the base does not count: the base says it itself.
    long swallowed =
        entry.role() == FileEntry.Role.LAYER
            ? snapshot.manifest().base().orElseThrow().through()
            : -1;
    for (int i = directory.ceiling(key);
        i < directory.size() && Directory.regionOf(directory.key(i)) == key;
        i++) {
      take(file, file.region(i), swallowed, limit);
    }
  }

  private void take(OpenFile file, Region region, long swallowed, long limit) throws IOException {
    int ordinal = -1;
    OpenFile owner = file;
    for (int rank = 0; rank < region.pageCount(); rank++) {
      int page = region.page(rank);
      if (known[page]) {
        continue;
      }
      int version = region.lastVersion(rank, limit);
      if (version == Region.ABSENT || region.checkpoint(version) <= swallowed) {
        continue;
      }
      known[page] = true;
      addresses[page] = region.address(version);
      if (addresses[page] != Address.ZERO) {
        crcs[page] = region.crc(version);
        if (Address.ordinal(addresses[page]) != ordinal) { // neighbours mostly lie in one file
          ordinal = Address.ordinal(addresses[page]);
          owner = snapshot.drawn(file, ordinal);
        }
        owners[page] = owner;
      }
    }
  }

  /** Tells whether a page of the region, 0..4095, is other than zero. */
  public boolean isPresent(int page) {
    return owners[page] != null;
  }

  /** Returns the CRC-32C of a present page; of others it says nothing. */
  public int crc(int page) {
    return crcs[page];
  }

  /** Returns the file that a present page's frame lies in; null for others. */
  @Nullable OpenFile owner(int page) {
    return owners[page];
  }

  /** Returns the address of a present page's frame. */
  long address(int page) {
    return addresses[page];
  }

  /** Tells whether a page has the same frame, or none, in another plan of the same snapshot. */
  boolean hasSameOwner(RegionPlan other, int page) {
    return owners[page] == other.owners[page]
        && (owners[page] == null || sameFrame(addresses[page], other.addresses[page]));
  }

  /** Ordinals are those of the index that has the address; the owner is compared in their place. */
  private static boolean sameFrame(long a, long b) {
    return Address.withOrdinal(a, 0) == Address.withOrdinal(b, 0);
  }

  /**
   * Reads and checks pages of the region: those from {@code page} on, as many as fit. Absent ones
   * become zero.
   *
   * @param into native memory, whole pages
   */
  public void read(PageReader reader, int page, MemorySegment into) throws IOException {
    if (want(reader, page, into)) {
      into.fill((byte) 0);
    }
    reader.readInto(into);
  }

  /** As {@link #read}, but leaves the places of absent pages as they are. */
  public void readPresent(PageReader reader, int page, MemorySegment into) throws IOException {
    want(reader, page, into);
    reader.readInto(into);
  }

  /**
   * Reads and checks some pages of the region into a window; the places of others stay as they are.
   *
   * @param pages present ones
   * @param first page of the region that the window begins with
   */
  void readOnly(PageReader reader, BitSet pages, int first, MemorySegment window)
      throws IOException {
    reader.begin();
    for (int i = pages.nextSetBit(0); i >= 0; i = pages.nextSetBit(i + 1)) {
      OpenFile owner = Objects.requireNonNull(owners[i], "a present page has an owner");
      reader.want(owner, addresses[i], crcs[i], i - first);
    }
    reader.readInto(window);
  }

  /** Asks for the pages that are present, and tells whether some are not. */
  private boolean want(PageReader reader, int page, MemorySegment into) {
    reader.begin();
    int count = (int) (into.byteSize() / snapshot.manifest().pageSize());
    boolean absent = false;
    for (int i = page; i < page + count; i++) {
      OpenFile owner = owners[i];
      if (owner != null) {
        reader.want(owner, addresses[i], crcs[i], i - page);
      } else {
        absent = true;
      }
    }
    return absent;
  }
}

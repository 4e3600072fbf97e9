package dev.cairn.store;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The RAM blocks of a machine at one point, in the machine's own order. Immutable.
 *
 * @param pageSize bytes per page, a power of two from 512 to 64 KiB
 * @param blocks blocks with distinct names, at most 65,535
 */
public record RamLayout(int pageSize, List<RamBlock> blocks) {
  /** Most blocks that a chain can name; ordinals are 16 bits in the page index. */
  public static final int MAX_BLOCKS = 65_535;

  /** Most RAM in all, bytes: 2 TiB. Frames are addressed up to 4 TiB. */
  public static final long MAX_BYTES = 1L << 41;

  public RamLayout {
    blocks = List.copyOf(blocks);
    if (!isPageSize(pageSize)) {
      throw new IllegalArgumentException("page size " + pageSize);
    }
    if (blocks.isEmpty() || blocks.size() > MAX_BLOCKS) {
      throw new IllegalArgumentException(blocks.size() + " RAM blocks");
    }
    Set<String> names = new HashSet<>();
    long total = 0;
    for (RamBlock block : blocks) {
      if (!names.add(block.name())) {
        throw new IllegalArgumentException("RAM block " + block.name() + " stands twice");
      }
      total += block.length();
      if (total > MAX_BYTES) {
        throw new IllegalArgumentException("more than " + MAX_BYTES + " bytes of RAM");
      }
      if (block.length() % pageSize != 0) {
        throw new IllegalArgumentException(
            "RAM block "
                + block.name()
                + ": length "
                + block.length()
                + " is no whole number of pages");
      }
    }
  }

  /** Tells whether Cairn stores pages of this many bytes. */
  public static boolean isPageSize(long bytes) {
    return Long.bitCount(bytes) == 1 && bytes >= 512 && bytes <= 65_536;
  }

  /** Returns the sum of all blocks' lengths in bytes. */
  public long totalBytes() {
    return blocks.stream().mapToLong(RamBlock::length).sum();
  }

  /** Returns the block of that id string. */
  public Optional<RamBlock> find(String name) {
    return blocks.stream().filter(b -> b.name().equals(name)).findFirst();
  }
}

package dev.cairn.tools.linux;

import java.io.Closeable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;

/**
 * Asks the kernel which pages of some memory of this process were written since the last question,
 * and write-protects them again in the same step (PAGEMAP_SCAN, Linux 6.7). Not thread-safe.
 *
 * <p>Numbers and structures: {@code struct pm_scan_arg} of {@code include/uapi/linux/fs.h}.
 */
public final class DirtyPages implements Closeable {
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final long PAGEMAP_SCAN = 0xC060_6610L;
  private static final long ARGUMENT_BYTES = 96;
  private static final long REGION_BYTES = 24;
  private static final long MOST_REGIONS = 8192;
  private static final long WP_MATCHING = 1;
  private static final long CHECK_WPASYNC = 2;
  private static final long PAGE_IS_WRITTEN = 2;

  private final UserFault protection;
  private final MemorySegment memory;
  private final int pagemap;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment argument = arena.allocate(ARGUMENT_BYTES, 8);
  private final MemorySegment regions = arena.allocate(MOST_REGIONS * REGION_BYTES, 8);

  private DirtyPages(UserFault protection, MemorySegment memory, int pagemap) {
    this.protection = protection;
    this.memory = memory;
    this.pagemap = pagemap;
  }

  /**
   * Begins to watch memory.
   *
   * @throws LinuxException if the kernel lacks what it takes: Linux 6.7, and userfaultfd allowed
   */
  public static DirtyPages watch(MemorySegment memory) throws LinuxException {
    UserFault protection = UserFault.writeProtecting(memory);
    int pagemap = LinuxCalls.open("/proc/self/pagemap", LinuxCalls.O_RDONLY | LinuxCalls.O_CLOEXEC);
    if (pagemap < 0) {
      protection.close();
      throw new LinuxException("/proc/self/pagemap", -pagemap);
    }
    DirtyPages pages = new DirtyPages(protection, memory, pagemap);
    try {
      pages.take();
      return pages;
    } catch (LinuxException e) {
      pages.close();
      throw e;
    }
  }

  /** Returns the pages written since {@link #watch} or the last call, numbered from 0. */
  public BitSet take() throws LinuxException {
    BitSet dirty = new BitSet();
    long end = memory.address() + memory.byteSize();
    for (long start = memory.address(); start < end; ) {
      long found = scan(start, end);
      for (long i = 0; i < found; i++) {
        dirty.set(page(i * REGION_BYTES), page(i * REGION_BYTES + 8));
      }
      long walked = argument.get(LONG, 32);
      if (walked <= start) {
        throw new LinuxException("PAGEMAP_SCAN", LinuxCalls.EINVAL);
      }
      start = walked;
    }
    return dirty;
  }

  private int page(long at) {
    return Math.toIntExact((regions.get(LONG, at) - memory.address()) / AnonymousMemory.PAGE_BYTES);
  }

  private long scan(long start, long end) throws LinuxException {
    int result;
    do {
      argument.fill((byte) 0);
      argument.set(LONG, 0, ARGUMENT_BYTES);
      argument.set(LONG, 8, WP_MATCHING | CHECK_WPASYNC);
      argument.set(LONG, 16, start);
      argument.set(LONG, 24, end);
      argument.set(LONG, 40, regions.address());
      argument.set(LONG, 48, MOST_REGIONS);
      argument.set(LONG, 72, PAGE_IS_WRITTEN);
      argument.set(LONG, 88, PAGE_IS_WRITTEN);
      result = LinuxCalls.ioctl(pagemap, PAGEMAP_SCAN, argument);
    } while (result == -LinuxCalls.EINTR);
    return LinuxException.check("PAGEMAP_SCAN", result);
  }

  @Override
  public void close() {
    LinuxCalls.close(pagemap);
    arena.close();
    protection.close();
  }
}

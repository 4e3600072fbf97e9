package dev.cairn.tools.bench;

import dev.cairn.chain.PageImage;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A machine of one block of which some pages are there, each with content of its own: its numbers
 * in front, random bytes behind. Immutable; safe for use by several threads.
 */
final class PagesImage implements PageImage {
  private static final int POOL_BYTES = 1 << 16;

  private final RamLayout layout;
  private final long[] pages;
  private final long version;
  private final DeviceState state;
  private final byte[] noise = new byte[POOL_BYTES];

  /**
   * Makes an image.
   *
   * @param layout of one block
   * @param pages those that are there, ascending, each once
   * @param version makes their content another one
   */
  PagesImage(RamLayout layout, long[] pages, long version, DeviceState state) {
    this.layout = layout;
    this.pages = pages;
    this.version = version;
    this.state = state;
    new Random(version).nextBytes(noise);
  }

  /** Returns a layout of one block. */
  static RamLayout layout(int pageSize, long pages) {
    return new RamLayout(pageSize, List.of(new RamBlock("pc.ram", pages * pageSize)));
  }

  /** Returns that many distinct pages out of {@code of}, ascending. */
  static long[] scattered(Random random, int count, long of) {
    return random.longs(0, of).distinct().limit(count).sorted().toArray();
  }

  /** Returns pages {@code from} and on. */
  static long[] run(long from, int count) {
    long[] pages = new long[count];
    Arrays.setAll(pages, i -> from + i);
    return pages;
  }

  /** Returns the pages that are there, ascending. */
  long[] pages() {
    return pages.clone();
  }

  /** Returns device state as QEMU's: 200 KB, mostly zeros. */
  static DeviceState qemuState(Random random) {
    byte[] content = new byte[200_000];
    byte[] some = new byte[4000];
    random.nextBytes(some);
    System.arraycopy(some, 0, content, 10_000, some.length);
    return new DeviceState(List.of(new DeviceSection("qemu-devices", 1, content)));
  }

  @Override
  public RamLayout layout() {
    return layout;
  }

  @Override
  public DeviceState deviceState() {
    return state;
  }

  @Override
  public void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException {
    int at = Arrays.binarySearch(pages, from);
    at = at < 0 ? -at - 1 : at;
    while (at < pages.length && pages[at] < to) {
      int end = at + 1;
      while (end < pages.length && pages[end] < to && pages[end] == pages[end - 1] + 1) {
        end++;
      }
      visitor.run(pages[at], end - at);
      at = end;
    }
  }

  @Override
  public void read(int block, long page, MemorySegment into) {
    int pageSize = layout.pageSize();
    MemorySegment source = MemorySegment.ofArray(noise);
    for (long at = 0; at < into.byteSize(); at += pageSize) {
      long number = page + at / pageSize;
      long from = number * 4099 % ((POOL_BYTES - pageSize) / 8) * 8;
      MemorySegment.copy(source, from, into, at, pageSize);
      into.set(ValueLayout.JAVA_LONG_UNALIGNED, at, number);
      into.set(ValueLayout.JAVA_LONG_UNALIGNED, at + 8, version);
    }
  }

  @Override
  public void close() {}
}

package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairn.chain.PageImage;
import dev.cairn.chain.PointView;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;

/** A whole machine in memory: one RAM block of 512-byte pages, and device state. */
final class MemoryImage implements PageImage {
  static final int PAGE = 512;

  private final RamLayout layout;
  private final MemorySegment bytes;
  private DeviceState state = DeviceState.NONE;

  MemoryImage(long pages) {
    layout = new RamLayout(PAGE, List.of(new RamBlock("ram", pages * PAGE)));
    bytes = Arena.ofAuto().allocate(layout.totalBytes(), 64);
  }

  /** Returns a copy with more or fewer pages; new ones are zero. */
  MemoryImage resized(long pages) {
    MemoryImage copy = new MemoryImage(pages);
    long common = Math.min(bytes.byteSize(), copy.bytes.byteSize());
    MemorySegment.copy(bytes, 0, copy.bytes, 0, common);
    copy.state = state;
    return copy;
  }

  /** Fills a page with one byte and, unless that is zero, its own number. */
  void fill(long page, byte value) {
    bytes.asSlice(page * PAGE, PAGE).fill(value);
    if (value != 0) {
      bytes.set(ValueLayout.JAVA_LONG, page * PAGE, page);
    }
  }

  /** Makes a page one that compresses by half; another one for each seed. */
  void noise(long page, long seed) {
    byte[] noise = new byte[PAGE / 2];
    new Random(seed).nextBytes(noise);
    bytes.asSlice(page * PAGE, PAGE).fill((byte) 1);
    MemorySegment.copy(
        noise, 0, bytes, ValueLayout.JAVA_BYTE, page * PAGE + PAGE / 2, noise.length);
  }

  /** Changes one byte of a page, unless the page is zero. */
  void poke(long page, int offset, byte value) {
    if (bytes.get(ValueLayout.JAVA_BYTE, page * PAGE + 100) == 0) {
      return;
    }
    bytes.set(ValueLayout.JAVA_BYTE, page * PAGE + offset, value);
  }

  void setState(DeviceState newState) {
    state = newState;
  }

  /** Compares layout, device state and every page. */
  void assertSame(PointView view, String what) throws IOException {
    assertEquals(layout, view.layout(), what);
    assertEquals(state, view.deviceState(), "device state of " + what);
    MemorySegment read = Arena.ofAuto().allocate(bytes.byteSize(), 64);
    view.read(0, 0, read);
    long at = bytes.mismatch(read);
    assertEquals(-1, at, () -> what + " differs in page " + at / PAGE);
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
    for (long page = from; page < to; page++) {
      if (bytes.asSlice(page * PAGE, PAGE).get(ValueLayout.JAVA_BYTE, 100) != 0) {
        visitor.run(page, 1);
      }
    }
  }

  @Override
  public void read(int block, long page, MemorySegment into) {
    MemorySegment.copy(bytes, page * PAGE, into, 0, into.byteSize());
  }

  @Override
  public void close() {}
}

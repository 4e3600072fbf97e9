package dev.cairn.tools.demo;

import dev.cairn.chain.PageImage;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.linux.AnonymousMemory;
import java.io.DataInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a running guest gave at a checkpoint: its dirty pages, and what it says of them. Safe for
 * use by several threads until it is closed.
 */
final class Capture implements PageImage {
  private final Arena arena;
  private final RamLayout layout;
  private final NavigableMap<Long, MemorySegment> runs = new TreeMap<>();
  private final BitSet pages = new BitSet();
  private final long pauseNanos;
  private final long sequence;
  private final List<String> findings;
  private final Optional<RegionDigests> digests;

  private Capture(Arena arena, long memoryBytes, boolean audited, DataInputStream in)
      throws IOException {
    this.arena = arena;
    this.layout = layout(memoryBytes);
    this.pauseNanos = in.readLong();
    this.sequence = in.readLong();
    this.findings = GuestProtocol.readTexts(in);
    int page = in.readInt();
    for (int count = in.readInt(); count > 0; count = in.readInt()) {
      MemorySegment run = arena.allocate((long) count * AnonymousMemory.PAGE_BYTES);
      GuestProtocol.readFully(in, run);
      runs.put((long) page, run);
      pages.set(page, page + count);
      page = in.readInt();
    }
    this.digests = audited ? Optional.of(RegionDigests.read(in)) : Optional.empty();
  }

  /** Has a guest take a checkpoint. The caller closes it. */
  static Capture take(GuestProcess guest, long memoryBytes, boolean audited) throws IOException {
    guest.out().writeByte(GuestProtocol.CHECKPOINT);
    guest.out().writeBoolean(audited);
    Arena arena = Arena.ofShared();
    boolean done = false;
    try {
      Capture capture = guest.call(in -> new Capture(arena, memoryBytes, audited, in));
      done = true;
      return capture;
    } finally {
      if (!done) {
        arena.close();
      }
    }
  }

  /** Returns the layout of every guest of that memory. */
  static RamLayout layout(long memoryBytes) {
    return new RamLayout(
        AnonymousMemory.PAGE_BYTES, List.of(new RamBlock("guest.ram", memoryBytes)));
  }

  /** Returns the pages that it has. */
  BitSet pages() {
    return (BitSet) pages.clone();
  }

  /** Returns how long the guest stood still. */
  long pauseNanos() {
    return pauseNanos;
  }

  /** Returns the number of the guest's last operation. */
  long sequence() {
    return sequence;
  }

  /** Returns what the guest found wrong. */
  List<String> findings() {
    return List.copyOf(findings);
  }

  /** Returns the digests of the whole memory, if it was audited. */
  Optional<RegionDigests> digests() {
    return digests;
  }

  @Override
  public RamLayout layout() {
    return layout;
  }

  @Override
  public DeviceState deviceState() {
    return DeviceState.NONE;
  }

  @Override
  public void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException {
    for (int at = pages.nextSetBit((int) from); at >= 0 && at < to; ) {
      int end = (int) Math.min(to, pages.nextClearBit(at));
      visitor.run(at, end - at);
      at = pages.nextSetBit(end);
    }
  }

  /** Runs of the guest are separated by pages that it did not send: none spans two of them. */
  @Override
  public void read(int block, long page, MemorySegment into) {
    var run = runs.floorEntry(page);
    if (run == null) {
      throw new IllegalArgumentException("page " + page + " is not present");
    }
    long at = (page - run.getKey()) * AnonymousMemory.PAGE_BYTES;
    MemorySegment.copy(run.getValue(), at, into, 0, into.byteSize());
  }

  @Override
  public void close() {
    arena.close();
  }
}

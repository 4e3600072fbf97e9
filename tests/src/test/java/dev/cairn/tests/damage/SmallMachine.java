package dev.cairn.tests.damage;

import dev.cairn.chain.PageImage;
import dev.cairn.chain.PointView;
import dev.cairn.chain.RegionPlan;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.PageReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Random;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** A whole machine of a few pages of 512 bytes. Not thread-safe while it is changed. */
public final class SmallMachine {
  public static final int PAGE = 512;

  private final SequencedMap<String, byte[]> blocks = new LinkedHashMap<>();
  private final SequencedMap<String, DeviceSection> sections = new LinkedHashMap<>();
  private final Map<String, NavigableSet<Long>> changed = new TreeMap<>();

  /** Returns a copy of which nothing has changed yet. */
  public SmallMachine copy() {
    SmallMachine copy = new SmallMachine();
    blocks.forEach((name, bytes) -> copy.blocks.put(name, bytes.clone()));
    copy.sections.putAll(sections);
    return copy;
  }

  /** Gives a block so many pages; new ones are zero. */
  public SmallMachine resize(String block, int pages) {
    blocks.put(block, Arrays.copyOf(blocks.getOrDefault(block, new byte[0]), pages * PAGE));
    return this;
  }

  /** Fills a page with noise that nothing compresses. */
  public SmallMachine noise(String block, int page, long seed) {
    byte[] bytes = new byte[PAGE];
    new Random(seed * 1000 + page).nextBytes(bytes);
    return put(block, page, bytes);
  }

  /** Fills a page with something that can be compressed. */
  public SmallMachine text(String block, int page, long seed) {
    byte[] bytes = new byte[PAGE];
    Arrays.fill(bytes, (byte) (1 + Math.floorMod(seed, 100)));
    System.arraycopy(noise(seed, page), 0, bytes, 0, 16);
    return put(block, page, bytes);
  }

  private static byte[] noise(long seed, int page) {
    byte[] bytes = new byte[16];
    new Random(seed * 1000 + page).nextBytes(bytes);
    return bytes;
  }

  public SmallMachine zero(String block, int page) {
    return put(block, page, new byte[PAGE]);
  }

  private SmallMachine put(String block, int page, byte[] bytes) {
    System.arraycopy(bytes, 0, Objects.requireNonNull(blocks.get(block)), page * PAGE, PAGE);
    changed.computeIfAbsent(block, _ -> new TreeSet<>()).add((long) page);
    return this;
  }

  /** Sets a section of the device state; one of many bytes can be compressed. */
  public SmallMachine device(String name, int length, long seed) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) seed);
    System.arraycopy(noise(seed, length), 0, bytes, 0, Math.min(16, length));
    sections.put(name, new DeviceSection(name, 1, bytes));
    return this;
  }

  private RamLayout layout() {
    List<RamBlock> list = new ArrayList<>();
    blocks.forEach((name, bytes) -> list.add(new RamBlock(name, bytes.length)));
    return new RamLayout(PAGE, list);
  }

  private DeviceState state() {
    return new DeviceState(List.copyOf(sections.values()));
  }

  /** Returns this machine as a source of pages: all that are not zero, or what has changed. */
  public PageImage image(boolean delta) {
    return new Image(delta);
  }

  /**
   * Reads everything of a point.
   *
   * @param reader for pages of this size
   * @throws AssertionError if anything is not this machine's
   */
  public void requireSame(PointView view, PageReader reader, String what) throws IOException {
    require(layout().equals(view.layout()), what + ": layout " + view.layout());
    require(state().equals(view.deviceState()), what + ": device state");
    RegionPlan plan = view.plan();
    int number = 0;
    for (Map.Entry<String, byte[]> block : blocks.entrySet()) {
      byte[] expected = block.getValue();
      plan.load(Directory.keyOf(view.ordinal(number), 0));
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment read = arena.allocate(expected.length, 64);
        plan.read(reader, 0, read);
        long at = read.mismatch(MemorySegment.ofArray(expected));
        require(at < 0, what + ": wrong bytes in " + block.getKey() + " at " + at);
      }
      number++;
    }
  }

  /** Compares the blocks' bytes alone. */
  public void requireSame(List<byte[]> read, String what) {
    List<byte[]> expected = List.copyOf(blocks.values());
    require(read.size() == expected.size(), what + ": blocks " + read.size());
    for (int i = 0; i < expected.size(); i++) {
      require(Arrays.equals(expected.get(i), read.get(i)), what + ": wrong bytes in block " + i);
    }
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  private final class Image implements PageImage {
    private final boolean delta;

    Image(boolean delta) {
      this.delta = delta;
    }

    @Override
    public RamLayout layout() {
      return SmallMachine.this.layout();
    }

    @Override
    public DeviceState deviceState() {
      return state();
    }

    private String name(int block) {
      return List.copyOf(blocks.keySet()).get(block);
    }

    private byte[] bytes(int block) {
      return Objects.requireNonNull(blocks.get(name(block)));
    }

    @Override
    public void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException {
      NavigableSet<Long> shown = changed.getOrDefault(name(block), new TreeSet<>());
      for (long page = from; page < to; page++) {
        if (delta ? shown.contains(page) : !isZero(bytes(block), page)) {
          visitor.run(page, 1);
        }
      }
    }

    private static boolean isZero(byte[] bytes, long page) {
      int start = (int) page * PAGE;
      return Arrays.mismatch(bytes, start, start + PAGE, new byte[PAGE], 0, PAGE) < 0;
    }

    @Override
    public void read(int block, long page, MemorySegment into) {
      byte[] bytes = bytes(block);
      MemorySegment.copy(MemorySegment.ofArray(bytes), page * PAGE, into, 0, into.byteSize());
    }

    @Override
    public void close() {}
  }
}

package dev.cairn.tests.history;

import dev.cairn.chain.PageSink;
import dev.cairn.chain.PointView;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** Compares a point with the machine that it should be: layout, device state, every page. */
final class Comparison {
  /** Pages that lie closer together than this are read at once. */
  private static final long GAP = 64;

  private Comparison() {}

  /** Fails unless the view shows the machine. */
  static void check(Machine expected, PointView view, String what) throws IOException {
    checkShape(expected, view.layout(), view.deviceState(), what);
    List<String> blocks = List.copyOf(expected.blocks().keySet());
    for (int i = 0; i < blocks.size(); i++) {
      String block = blocks.get(i);
      Set<Long> present = new TreeSet<>();
      view.presentRuns(
          i,
          0,
          expected.pageCount(block),
          (page, count) -> {
            for (long p = page; p < page + count; p++) {
              present.add(p);
            }
          });
      if (!present.equals(expected.present(block).keySet())) {
        throw new AssertionError(
            what
                + ": pages of "
                + block
                + " that are not zero: expected "
                + expected.present(block).keySet()
                + ", found "
                + present);
      }
      checkPages(expected, view, i, block, what);
    }
  }

  static void checkShape(Machine expected, RamLayout layout, DeviceState state, String what) {
    if (!expected.layout().equals(layout)) {
      throw new AssertionError(
          what + ": layout: expected " + expected.layout() + ", found " + layout);
    }
    if (!expected.deviceState().equals(state)) {
      throw new AssertionError(
          what + ": device state: expected " + expected.deviceState() + ", found " + state);
    }
  }

  private static void checkPages(
      Machine expected, PointView view, int block, String name, String what) throws IOException {
    List<Long> pages = new ArrayList<>(expected.present(name).keySet());
    for (int from = 0; from < pages.size(); ) {
      int to = from + 1;
      while (to < pages.size() && pages.get(to) - pages.get(to - 1) < GAP) {
        to++;
      }
      long first = pages.get(from);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment read =
            arena.allocate((pages.get(to - 1) - first + 1) * Machine.PAGE, Machine.PAGE);
        view.read(block, first, read);
        for (long page = first; page <= pages.get(to - 1); page++) {
          checkPage(
              expected,
              name,
              page,
              read.asSlice((page - first) * Machine.PAGE, Machine.PAGE),
              what);
        }
      }
      from = to;
    }
  }

  static void checkPage(
      Machine expected, String block, long page, MemorySegment data, String what) {
    Long value = expected.present(block).get(page);
    byte[] right = value == null ? new byte[Machine.PAGE] : Content.ofPage(block, page, value);
    byte[] found = new byte[Machine.PAGE];
    MemorySegment.copy(data, 0, MemorySegment.ofArray(found), 0, Machine.PAGE);
    if (!Arrays.equals(right, found)) {
      throw new AssertionError(
          what + ": page " + page + " of " + block + " is not of value " + value);
    }
  }

  /** A sink that compares what it is given. Safe for use by several threads. */
  static final class Sink implements PageSink {
    private final Machine expected;
    private final List<String> blocks;
    private final String what;
    private final Map<String, Set<Long>> written = new ConcurrentHashMap<>();
    private boolean finished;

    Sink(Machine expected, String what) {
      this.expected = expected;
      this.blocks = List.copyOf(expected.blocks().keySet());
      this.what = what;
      blocks.forEach(block -> written.put(block, ConcurrentHashMap.newKeySet()));
    }

    @Override
    public void begin(RamLayout layout, DeviceState state) {
      checkShape(expected, layout, state, what);
    }

    @Override
    public void write(int block, long page, MemorySegment data) throws IOException {
      String name = blocks.get(block);
      for (long i = 0; i < data.byteSize() / Machine.PAGE; i++) {
        MemorySegment one = data.asSlice(i * Machine.PAGE, Machine.PAGE);
        try {
          checkPage(expected, name, page + i, one, what);
        } catch (AssertionError e) {
          throw new IOException(e.getMessage(), e);
        }
        if (!Objects.requireNonNull(written.get(name)).add(page + i)) {
          throw new IOException(what + ": page " + (page + i) + " of " + name + " written twice");
        }
      }
    }

    @Override
    public void finish() {
      finished = true;
    }

    @Override
    public void close() {
      for (String block : blocks) {
        Set<Long> pages = Objects.requireNonNull(written.get(block));
        if (finished && !pages.equals(expected.present(block).keySet())) {
          throw new AssertionError(what + ": pages of " + block + " restored: " + pages);
        }
      }
    }
  }
}

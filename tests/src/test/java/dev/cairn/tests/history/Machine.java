package dev.cairn.tests.history;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * A whole machine, as naive as can be: a number stands for each page that is not zero. Never
 * changed once made.
 *
 * @param blocks pages of each block, in the machine's order
 * @param pages values of each block's pages; a page that is not here is zero
 * @param devices value of each section
 */
record Machine(
    SequencedMap<String, Long> blocks,
    Map<String, NavigableMap<Long, Long>> pages,
    SequencedMap<String, Long> devices) {
  static final int PAGE = 512;

  /** A machine with nothing in it; its first checkpoint must give it a block. */
  static final Machine NONE =
      new Machine(new LinkedHashMap<>(), new LinkedHashMap<>(), new LinkedHashMap<>());

  /** Returns the machine after some changes. */
  Machine after(List<Op.Change> changes) {
    Machine next =
        new Machine(
            new LinkedHashMap<>(blocks), new LinkedHashMap<>(), new LinkedHashMap<>(devices));
    pages.forEach((block, values) -> next.pages.put(block, new TreeMap<>(values)));
    for (Op.Change change : changes) {
      switch (change) {
        case Op.Length length -> next.resize(length.block(), length.pages());
        case Op.Fill fill -> next.fill(fill);
        case Op.Device device -> next.devices.put(device.section(), device.value());
      }
    }
    return next;
  }

  private void resize(String block, long count) {
    if (count > 0) {
      blocks.put(block, count);
      pages.computeIfAbsent(block, _ -> new TreeMap<>()).tailMap(count, true).clear();
    } else if (blocks.size() > 1) {
      blocks.remove(block);
      pages.remove(block);
    }
  }

  private void fill(Op.Fill fill) {
    if (!has(fill)) {
      return;
    }
    NavigableMap<Long, Long> values = pages.computeIfAbsent(fill.block(), _ -> new TreeMap<>());
    if (fill.value() == 0) {
      values.remove(fill.page());
    } else {
      values.put(fill.page(), fill.value());
    }
  }

  /** Tells whether the machine has the page that is to be filled. */
  boolean has(Op.Fill fill) {
    return fill.page() < pageCount(fill.block());
  }

  /** Returns how many pages a block has; 0 if it is not there. */
  long pageCount(String block) {
    return blocks.getOrDefault(block, 0L);
  }

  RamLayout layout() {
    List<RamBlock> list = new ArrayList<>();
    blocks.forEach((name, count) -> list.add(new RamBlock(name, count * PAGE)));
    return new RamLayout(PAGE, list);
  }

  DeviceState deviceState() {
    List<DeviceSection> sections = new ArrayList<>();
    devices.forEach(
        (name, value) ->
            sections.add(
                new DeviceSection(
                    name,
                    (int) Math.floorMod(value, 3L),
                    Content.of(name, value, (int) Math.floorMod(value, 1500L)))));
    return new DeviceState(sections);
  }

  /** Returns the pages of a block that are not zero, with their values. */
  NavigableMap<Long, Long> present(String block) {
    return pages.getOrDefault(block, new TreeMap<>());
  }
}

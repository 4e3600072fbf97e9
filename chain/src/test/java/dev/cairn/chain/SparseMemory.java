package dev.cairn.chain;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;

/** A machine of one RAM block, of which only some pages are present. */
final class SparseMemory implements PageImage {
  private final RamLayout layout;
  private final NavigableMap<Long, byte[]> pages = new TreeMap<>();
  private DeviceState state = DeviceState.NONE;

  SparseMemory(int pageSize, long pageCount) {
    layout = new RamLayout(pageSize, List.of(new RamBlock("ram", pageCount * pageSize)));
  }

  /** Fills a page with its number and a value; with the value 0 it is absent. */
  SparseMemory fill(long page, int value) {
    byte[] content = new byte[layout.pageSize()];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (value + page * 31 + i * 7L);
    }
    return value == 0 ? put(page, new byte[0]) : put(page, content);
  }

  /** Gives a page its content; of nothing, it is absent. */
  SparseMemory put(long page, byte[] content) {
    if (content.length == 0) {
      pages.remove(page);
    } else {
      pages.put(page, content.clone());
    }
    return this;
  }

  SparseMemory section(String name, byte[] content) {
    state = new DeviceState(List.of(new DeviceSection(name, 1, content)));
    return this;
  }

  Map<Long, byte[]> pages() {
    return pages;
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
    for (long page : pages.subMap(from, to).keySet()) {
      visitor.run(page, 1);
    }
  }

  @Override
  public void read(int block, long page, MemorySegment into) {
    int size = layout.pageSize();
    for (long at = 0; at < into.byteSize(); at += size) {
      byte[] content = Objects.requireNonNull(pages.get(page + at / size), "a present page");
      MemorySegment.copy(MemorySegment.ofArray(content), 0, into, at, size);
    }
  }

  @Override
  public void close() {}
}

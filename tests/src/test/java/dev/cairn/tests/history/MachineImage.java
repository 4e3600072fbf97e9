package dev.cairn.tests.history;

import dev.cairn.chain.PageImage;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * A machine as a source of pages. A whole image also shows pages that were just made zero; a delta
 * shows what was just written and nothing else. Immutable.
 */
final class MachineImage implements PageImage {
  private final Machine machine;
  private final List<NavigableSet<Long>> shown = new ArrayList<>();

  MachineImage(Machine machine, boolean delta, List<Op.Change> changes) {
    this.machine = machine;
    for (String block : machine.blocks().keySet()) {
      NavigableSet<Long> pages = new TreeSet<>();
      if (!delta) {
        pages.addAll(machine.present(block).keySet());
      }
      for (Op.Change change : changes) {
        if (change instanceof Op.Fill fill && fill.block().equals(block) && machine.has(fill)) {
          pages.add(fill.page());
        }
      }
      shown.add(pages);
    }
  }

  @Override
  public RamLayout layout() {
    return machine.layout();
  }

  @Override
  public DeviceState deviceState() {
    return machine.deviceState();
  }

  @Override
  public void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException {
    for (long page : shown.get(block).subSet(from, to)) {
      visitor.run(page, 1);
    }
  }

  @Override
  public void read(int block, long page, MemorySegment into) {
    String name = machine.layout().blocks().get(block).name();
    NavigableMap<Long, Long> values = machine.present(name);
    for (long done = 0; done < into.byteSize(); done += Machine.PAGE) {
      long at = page + done / Machine.PAGE;
      MemorySegment target = into.asSlice(done, Machine.PAGE);
      Long value = values.get(at);
      if (value == null) {
        target.fill((byte) 0);
      } else {
        target.copyFrom(MemorySegment.ofArray(Content.ofPage(name, at, value)));
      }
    }
  }

  @Override
  public void close() {}
}

package dev.cairn.chain;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.DeviceFrames;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.StoredSection;
import dev.cairn.store.file.Versions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A machine as it was at one restore point. Safe for use by several threads. */
public final class PointView implements PageImage {
  private final ChainSnapshot snapshot;
  private final Point point;

  PointView(ChainSnapshot snapshot, Point point) {
    this.snapshot = snapshot;
    this.point = point;
  }

  public Point point() {
    return point;
  }

  @Override
  public RamLayout layout() {
    return point.layout().layout();
  }

  /** Returns the block's ordinal in the chain's block table. */
  public int ordinal(int block) {
    return point.layout().ordinals().get(block);
  }

  /** Makes an empty plan for regions at this point. */
  public RegionPlan plan() {
    return new RegionPlan(snapshot, point.checkpoint());
  }

  @Override
  public DeviceState deviceState() throws IOException {
    List<DeviceSection> sections = new ArrayList<>();
    OpenFile home = home();
    DeviceFrames.requireMemory(home, point);
    for (StoredSection section : point.sections()) {
      sections.add(
          DeviceFrames.read(snapshot.drawn(home, Address.ordinal(section.address())), section));
    }
    return new DeviceState(sections);
  }

  /**
   * Reads and checks one section of the device state; the bytes are the caller's.
   *
   * @param section of the point
   */
  public byte[] section(StoredSection section) throws IOException {
    return DeviceFrames.readPlain(owner(section), section);
  }

  /** Returns the file that a section of the point lies in. */
  public OpenFile owner(StoredSection section) throws IOException {
    return snapshot.drawn(home(), Address.ordinal(section.address()));
  }

  /** Returns the index file whose POINTS lists this point: its ordinals address the sections. */
  OpenFile home() {
    return snapshot.home(point);
  }

  @Override
  public void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException {
    RegionPlan plan = plan();
    long run = -1;
    for (long page = from; page < to; ) {
      long regionStart = page / Versions.REGION_PAGES * Versions.REGION_PAGES;
      long end = Math.min(to, regionStart + Versions.REGION_PAGES);
      plan.load(Directory.keyOf(ordinal(block), page));
      for (; page < end; page++) {
        boolean present = plan.isPresent((int) (page - regionStart));
        if (present && run < 0) {
          run = page;
        } else if (!present && run >= 0) {
          visitor.run(run, page - run);
          run = -1;
        }
      }
    }
    if (run >= 0) {
      visitor.run(run, to - run);
    }
  }

  @Override
  public void read(int block, long page, MemorySegment into) throws IOException {
    int pageSize = layout().pageSize();
    RegionPlan plan = plan();
    try (Arena arena = Arena.ofConfined();
        PageReader reader = new PageReader(pageSize, arena)) {
      long done = 0;
      while (done < into.byteSize()) {
        int inRegion = (int) (page % Versions.REGION_PAGES);
        long count =
            Math.min((into.byteSize() - done) / pageSize, Versions.REGION_PAGES - inRegion);
        plan.load(Directory.keyOf(ordinal(block), page));
        plan.read(reader, inRegion, into.asSlice(done, count * pageSize));
        done += count * pageSize;
        page += count;
      }
    }
  }

  /** Lets nothing go: the snapshot owns the files. */
  @Override
  public void close() {}
}

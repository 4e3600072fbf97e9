package dev.cairn.merge;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.PointView;
import dev.cairn.chain.Progress;
import dev.cairn.chain.RegionPlan;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.Id;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.FileHeader;
import dev.cairn.store.file.FileKind;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.LayerWriter;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.PointLayout;
import dev.cairn.store.file.SealedFile;
import dev.cairn.store.file.StoredSection;
import dev.cairn.store.file.Versions;
import dev.cairn.store.io.StoreLock;
import dev.cairn.store.io.StoreOutput;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes a new base image of the oldest retained point; the old one, and the layers that end at or
 * below that point, go. Copying takes no lock: that point's content never changes. Not thread-safe.
 */
public final class BaseMover {
  private static final int PIECE_BYTES = 1 << 20;

  private final Chain chain;
  private final Progress progress;

  public BaseMover(Chain chain, Progress progress) {
    this.chain = chain;
    this.progress = progress;
  }

  /**
   * Moves the base to the oldest retained point.
   *
   * @return bytes written
   * @throws dev.cairn.store.BusyException if the base moved meanwhile
   */
  public long move() throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      Point point = snapshot.points().firstEntry().getValue();
      FileEntry replaced = snapshot.manifest().base().orElseThrow();
      FileName name =
          new FileName(FileKind.BASE, point.checkpoint(), point.checkpoint(), chain.newFileId());
      FileHeader header =
          new FileHeader(
              name,
              snapshot.manifest().identity().chain(),
              Id.NONE,
              point.id(),
              snapshot.manifest().pageSize());
      try (StoreOutput out = chain.directory().create(name.temporary());
          Closeable _ = () -> chain.discard(name);
          LayerWriter writer = LayerWriter.base(header, chain.directory(), out, point.layout())) {
        SealedFile file = write(snapshot, snapshot.describe(point), writer);
        out.sync();
        Edit.Folded folded =
            new Edit.Folded(
                0,
                point.checkpoint(),
                Set.of(point.checkpoint()),
                Map.of(point.checkpoint(), snapshot.describe(point).label()));
        FileEntry added = FileEntry.index(file);
        try (StoreLock _ = chain.lockMerge()) {
          chain.commit(
              List.of(new Edit.MoveBase(replaced, added, folded, file.writtenBytes())),
              List.of(name));
        }
        return file.writtenBytes();
      }
    }
  }

  private SealedFile write(
      ChainSnapshot snapshot, ChainSnapshot.RestorePoint restore, LayerWriter writer)
      throws IOException {
    Point point = restore.point();
    PointView view = snapshot.view(point.checkpoint());
    PointLayout layout = point.layout();
    long done = 0;
    try (Arena arena = Arena.ofConfined();
        PageReader reader = new PageReader(layout.layout().pageSize(), arena)) {
      MemorySegment buffer = arena.allocate(PIECE_BYTES, 4096);
      RegionPlan plan = view.plan();
      for (int ordinal : layout.ordinals().stream().sorted().toList()) {
        long pages = layout.pages(ordinal);
        for (long from = 0; from < pages; from += Versions.REGION_PAGES) {
          int count = (int) Math.min(Versions.REGION_PAGES, pages - from);
          plan.load(Directory.keyOf(ordinal, from));
          copy(plan, count, reader, buffer, new Target(writer, ordinal, from));
          done += (long) count * layout.layout().pageSize();
          progress.at(done, layout.layout().totalBytes());
        }
      }
    }
    List<StoredSection> sections = new ArrayList<>();
    for (DeviceSection section : view.deviceState().sections()) {
      sections.add(writer.addSection(section));
    }
    return writer.seal(point.withSections(sections).withLabel(restore.label()), List.of());
  }

  /** A region of the new base. */
  private record Target(LayerWriter writer, int ordinal, long firstPage) {}

  private static void copy(
      RegionPlan plan, int count, PageReader reader, MemorySegment buffer, Target target)
      throws IOException {
    int pageSize = target.writer.pageSize();
    int most = PIECE_BYTES / pageSize;
    for (int from = 0; from < count; from += most) {
      int end = Math.min(count, from + most);
      plan.readPresent(reader, from, buffer.asSlice(0, (long) (end - from) * pageSize));
      for (int page = from; page < end; page++) {
        if (plan.isPresent(page)) {
          MemorySegment data = buffer.asSlice((long) (page - from) * pageSize, pageSize);
          target.writer.add(target.ordinal, target.firstPage + page, data, plan.crc(page));
        }
      }
    }
  }
}

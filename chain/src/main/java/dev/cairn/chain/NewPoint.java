package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.BadInputException;
import dev.cairn.store.DeviceState;
import dev.cairn.store.Id;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.CheckpointWriter;
import dev.cairn.store.file.FileHeader;
import dev.cairn.store.file.FileKind;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.PointLayout;
import dev.cairn.store.file.SealedFile;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The place of a checkpoint that is being written: its file, and what it lies on. Immutable.
 *
 * @param parent id of the newest checkpoint as it was; empty for the first
 * @param layout of the machine, placed in the chain's block table
 * @param added names that the block table lacks
 */
record NewPoint(
    Chain chain, FileHeader header, Optional<Id> parent, PointLayout layout, List<String> added) {
  /**
   * What becomes a point, beside its pages. Immutable.
   *
   * @param snapshot with the tip, whose device sections may be shared
   * @param whole a whole image was given, not a delta
   */
  record Content(
      ChainSnapshot snapshot, DeviceState state, String label, Instant time, boolean whole) {}

  /** Returns the next one of a chain, for a machine of that layout. */
  static NewPoint on(Chain chain, ChainSnapshot snapshot, RamLayout layout) throws IOException {
    Manifest manifest = snapshot.manifest();
    if (layout.pageSize() != manifest.pageSize()) {
      throw new BadInputException(
          "page size of the image: expected "
              + manifest.pageSize()
              + ", as chain "
              + chain.name()
              + " has it, found "
              + layout.pageSize());
    }
    BlockTable table = new BlockTable(manifest.blocks());
    PointLayout placed = table.place(layout);
    Optional<Id> parent = manifest.tip().map(Manifest.Tip::id);
    long number = manifest.next();
    FileKind kind = parent.isEmpty() ? FileKind.BASE : FileKind.LAYER;
    FileHeader header =
        new FileHeader(
            new FileName(kind, number, number, chain.newFileId()),
            manifest.identity().chain(),
            parent.orElse(Id.NONE),
            chain.newCheckpointId(),
            manifest.pageSize());
    return new NewPoint(chain, header, parent, placed, table.added());
  }

  /** Writes what stands behind the pages, and publishes the file. */
  Checkpointer.Result commit(CheckpointWriter writer, StoreOutput out, Content content)
      throws IOException {
    Sections sections = Sections.write(content.snapshot, writer, content.state);
    Point point =
        new Point(
            header.name().last(),
            header.lastId(),
            content.time,
            content.label,
            layout,
            writer.written(content.whole),
            sections.stored());
    SealedFile file = writer.seal(point, sections.drawn());
    out.sync();
    chain.commit(
        List.of(
            new Edit.Append(
                FileEntry.index(file),
                parent,
                added,
                sections.drawn().stream().map(d -> d.name()).toList(),
                point.written().bytes(),
                file.writtenBytes())),
        List.of(header.name()));
    return new Checkpointer.Result(point, file.writtenBytes());
  }
}

package dev.cairn.tools.bench;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Edit;
import dev.cairn.chain.PageImage;
import dev.cairn.chain.Progress;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.Id;
import dev.cairn.store.file.FileHeader;
import dev.cairn.store.file.FileKind;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.file.LayerWriter;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.PointLayout;
import dev.cairn.store.file.SealedFile;
import dev.cairn.store.io.StoreOutput;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A chain that takes many checkpoints. It holds the newest snapshot open, as a long-running capture
 * may, so that the files below are not opened anew for each. Not thread-safe.
 */
final class MadeChain implements Closeable {
  private static final Checkpointer.Options WHOLE =
      new Checkpointer.Options("", false, FrameCodec.PLAIN, 2);
  private static final Checkpointer.Options DELTA =
      new Checkpointer.Options("", true, FrameCodec.PLAIN, 2);

  private final Chain chain;
  private @Nullable ChainSnapshot newest;

  /** Takes a chain and owns it from then on. */
  MadeChain(Chain chain) {
    this.chain = chain;
  }

  Chain chain() {
    return chain;
  }

  /** Stores a whole image. */
  Checkpointer.Result whole(PageImage image) throws IOException {
    return new Checkpointer(chain).checkpoint(image, WHOLE, Progress.NONE);
  }

  /** Stores what an image has; all other pages are unchanged. */
  Checkpointer.Result delta(PageImage image) throws IOException {
    return new Checkpointer(chain).checkpoint(image, DELTA, Progress.NONE);
  }

  /**
   * Stores what an image has without the reading and comparing of a checkpoint: by the same writer
   * and commit, for making many points to measure on. Blocks of other machines are not for this.
   */
  void append(PagesImage image) throws IOException {
    Manifest manifest = chain.manifest();
    long number = manifest.next();
    Id parent = manifest.tip().orElseThrow().id();
    FileName name = new FileName(FileKind.LAYER, number, number, chain.newFileId());
    FileHeader header =
        new FileHeader(
            name,
            manifest.identity().chain(),
            parent,
            chain.newCheckpointId(),
            manifest.pageSize());
    PointLayout layout = new PointLayout(image.layout(), List.of(0));
    try (Arena arena = Arena.ofConfined();
        StoreOutput out = chain.directory().create(name.temporary());
        LayerWriter writer = LayerWriter.layer(header, chain.directory(), out, FrameCodec.PLAIN)) {
      MemorySegment page = arena.allocate(manifest.pageSize(), 4096);
      for (long dirty : image.pages()) {
        image.read(0, dirty, page);
        writer.add(0, dirty, page);
      }
      Point point =
          new Point(
              number,
              header.lastId(),
              chain.environment().clock().instant(),
              "",
              layout,
              writer.written(false),
              List.of());
      SealedFile file = writer.seal(point, List.of());
      out.sync();
      Edit edit =
          new Edit.Append(
              FileEntry.index(file),
              Optional.of(parent),
              List.of(),
              List.of(),
              point.written().bytes(),
              file.writtenBytes());
      chain.commit(List.of(edit), List.of(name));
    }
  }

  /** Opens all files as they are now, and lets go of what an older call opened. */
  ChainSnapshot hold() throws IOException {
    ChainSnapshot next = chain.snapshot();
    if (newest != null) {
      newest.close();
    }
    newest = next;
    return next;
  }

  @Override
  public void close() throws IOException {
    try (chain) {
      if (newest != null) {
        newest.close();
      }
    }
  }
}

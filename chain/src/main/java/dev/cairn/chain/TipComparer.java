package dev.cairn.chain;

import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.file.PointLayout;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * Compares a machine's memory with a chain's newest point without storing anything: for a machine
 * that stands still meanwhile. All that can be made ready before is made by the constructor. Not
 * thread-safe.
 */
public final class TipComparer implements Closeable {
  /** Takes what differs; the blocks are those of the image. */
  public interface Changes {
    /**
     * A page that is not zero.
     *
     * @param block index into the image's blocks
     * @param content one page, borrowed for the call
     */
    void page(int block, long page, MemorySegment content) throws IOException;

    /** A page that has become zero. */
    void zero(int block, long page) throws IOException;

    /** So many bytes more were compared; what differs in them was handed on. May end it all. */
    default void compared(long bytes) throws IOException {}
  }

  private final ChainSnapshot snapshot;
  private final int threads;

  /** Opens the chain as it is now. */
  public TipComparer(Chain chain, int threads) throws IOException {
    this.snapshot = chain.snapshot();
    this.threads = threads;
  }

  /** Returns the point that is compared with: what differs is a delta that lies on it. */
  public Optional<Manifest.Tip> tip() {
    return snapshot.manifest().tip();
  }

  /** Compares a whole image; a page that it does not have is zero. */
  public void compare(PageImage image, Changes changes) throws IOException {
    RamLayout layout = image.layout();
    PointLayout placed = new BlockTable(snapshot.manifest().blocks()).place(layout);
    Checkpointer.Options options = new Checkpointer.Options("", false, FrameCodec.PLAIN, threads);
    ChangedPages found =
        new ChangedPages() {
          @Override
          public void page(int ordinal, long page, MemorySegment content, int crc)
              throws IOException {
            changes.page(placed.indexOf(ordinal), page, content);
          }

          @Override
          public void zero(int ordinal, long page) throws IOException {
            changes.zero(placed.indexOf(ordinal), page);
          }

          @Override
          public void compared(long bytes) throws IOException {
            changes.compared(bytes);
          }
        };
    List<Integer> ordinals = placed.ordinals();
    try (WindowIntake windows =
        new WindowIntake(new Intake(snapshot, image, placed, options), found, bytes -> {})) {
      for (int block = 0; block < ordinals.size(); block++) {
        windows.take(block, 0, layout.blocks().get(block).pages(layout.pageSize()));
      }
    }
  }

  @Override
  public void close() throws IOException {
    snapshot.close();
  }
}

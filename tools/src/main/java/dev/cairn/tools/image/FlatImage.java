package dev.cairn.tools.image;

import dev.cairn.chain.PageImage;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.linux.SparseFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A file of nothing but memory: blocks one after another, as in Firecracker's memory files. Pages
 * that lie wholly in holes are absent. Safe for use by several threads.
 */
public final class FlatImage implements PageImage {
  private static final String NEXT = "is it the right file? see: cairn help checkpoint";

  private final SparseFile sparse;
  private final ImageFile file;
  private final RamLayout layout;
  private final Holes holes;
  private final List<Long> offsets = new ArrayList<>();

  private FlatImage(SparseFile sparse, ImageFile file, FlatOptions options) throws IOException {
    this.sparse = sparse;
    this.file = file;
    layout = options.layout(file.path(), file.length());
    holes = Holes.of(sparse, file.length(), layout.pageSize());
    long at = 0;
    for (RamBlock block : layout.blocks()) {
      offsets.add(at);
      at += block.length();
    }
    if (options.delta()) {
      believe();
    }
  }

  /**
   * Opens a file.
   *
   * @throws dev.cairn.store.BadInputException if its length is not that of the blocks
   * @throws dev.cairn.store.RefusedException if it is a delta, and the file system's word about
   *     holes cannot be believed
   */
  public static FlatImage open(Path path, FlatOptions options) throws IOException {
    ImageFile.check(path, path);
    SparseFile sparse = SparseFile.open(path);
    ImageFile file = null;
    boolean done = false;
    try {
      ImageFile.check(path, sparse.descriptor());
      file = ImageFile.open(path, sparse.descriptor(), NEXT);
      FlatImage image = new FlatImage(sparse, file, options);
      done = true;
      return image;
    } finally {
      if (!done) {
        try (sparse) {
          if (file != null) {
            file.close();
          }
        }
      }
    }
  }

  /** Refuses a delta of which it is not known what it leaves unchanged. */
  private void believe() throws IOException {
    if (!holes.told()) {
      throw ImageFile.refused(
          file.path(),
          "holes of a delta",
          0,
          "a file system that tells where they are",
          "one that does not",
          "make it on ext4, xfs, btrfs or tmpfs, or give --full-image if it has every page");
    }
    if (holes.blockBytes() > layout.pageSize()) {
      throw ImageFile.refused(
          file.path(),
          "holes of a delta",
          0,
          "a file system that tells pages of " + layout.pageSize() + " bytes apart",
          "blocks of " + holes.blockBytes() + " bytes, so that unchanged pages may look like zeros",
          "make it on a file system with blocks of a page, such as ext4");
    }
  }

  /** Tells whether some of the file is a hole. */
  public boolean hasHoles() {
    return holes.any();
  }

  @Override
  public RamLayout layout() {
    return layout;
  }

  @Override
  public DeviceState deviceState() {
    return DeviceState.NONE;
  }

  /** Visits pages of which any byte is data: a page of zeros that was written is present. */
  @Override
  public void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException {
    if (!holes.any()) {
      visitor.run(from, to - from);
      return;
    }
    long base = offsets.get(block);
    int pageSize = layout.pageSize();
    long end = base + to * pageSize;
    for (long at = sparse.data(base + from * pageSize); at < end; ) {
      long hole = Math.min(end, sparse.hole(at));
      long first = (at - base) / pageSize;
      long behind = (hole - base + pageSize - 1) / pageSize;
      visitor.run(first, behind - first);
      long next = base + behind * pageSize;
      at = next < end ? sparse.data(next) : end;
    }
  }

  @Override
  public void read(int block, long page, MemorySegment into) throws IOException {
    file.read(offsets.get(block) + page * layout.pageSize(), into);
  }

  @Override
  public void close() throws IOException {
    try (sparse) {
      file.close();
    }
  }
}

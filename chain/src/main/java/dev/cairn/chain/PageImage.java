package dev.cairn.chain;

import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A whole machine memory that can be read at any place: an image file, or a restore point. Safe for
 * use by several threads at once.
 */
public interface PageImage extends Closeable {
  /** Receives ascending runs of pages. */
  @FunctionalInterface
  interface RunVisitor {
    /**
     * Takes one run.
     *
     * @param page first page of the run
     * @param count pages in the run, at least 1
     */
    void run(long page, long count) throws IOException;
  }

  RamLayout layout();

  DeviceState deviceState() throws IOException;

  /**
   * Tells whether pages of a delta may be what the newest point has already: whoever takes it then
   * looks before it stores them.
   */
  default boolean mayRepeat() {
    return false;
  }

  /**
   * Visits the ascending, disjoint runs of present pages within pages [from, to) of a block. A page
   * that is not visited is zero (of a delta: unchanged); a visited page may be zero, too.
   *
   * @param block index into the layout's blocks
   */
  void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException;

  /**
   * Reads present pages: {@code into.byteSize() / pageSize} of them, from {@code page} on.
   *
   * @param into native memory of the caller, borrowed for the call
   */
  void read(int block, long page, MemorySegment into) throws IOException;
}

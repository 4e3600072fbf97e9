package dev.cairn.tools.capture;

import dev.cairn.chain.PageImage;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * What a spool holds, as an image. Immutable; safe for use by several threads.
 *
 * @param spool complete; closed with this image
 * @param pages what is said of those that did not come, and of those that did
 * @param deviceState that belongs to it
 */
record SpoolImage(Spool spool, Pages pages, DeviceState deviceState) implements PageImage {
  /** Which pages come. */
  enum Pages {
    /** All but those that are zero. */
    WHOLE,
    /** Those that differ from the newest point: the others are unchanged. */
    CHANGED,
    /** Those that were written, whatever was written: the others are unchanged. */
    WRITTEN
  }

  /** Tells whether a page that did not come is zero. */
  boolean whole() {
    return pages == Pages.WHOLE;
  }

  @Override
  public RamLayout layout() {
    return spool.layout();
  }

  /** Returns this one, into whose spool the pages of an older one went that it has not. */
  SpoolImage over(SpoolImage older) {
    Pages both = older.whole() ? Pages.WHOLE : older.pages == pages ? pages : Pages.WRITTEN;
    return new SpoolImage(spool, both, deviceState);
  }

  @Override
  public boolean mayRepeat() {
    return pages == Pages.WRITTEN;
  }

  /** Of a whole image, zero pages are left out: they are what is not there. */
  @Override
  public void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException {
    spool.runs(block, from, to, !whole(), visitor);
  }

  @Override
  public void read(int block, long page, MemorySegment into) throws IOException {
    spool.read(block, page, into);
  }

  @Override
  public void close() throws IOException {
    spool.close();
  }
}

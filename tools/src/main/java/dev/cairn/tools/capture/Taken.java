package dev.cairn.tools.capture;

import dev.cairn.store.Id;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A checkpoint that is complete in memory, and not yet durable. Immutable.
 *
 * @param image its pages and device state; closed with this
 * @param basis what its pages lie on
 * @param figures what it took
 * @param fault why it must not become a point, though its pages count: its disk pair failed, say
 * @param base the chain's base image in the making, over which the pages go; closed with this
 */
record Taken(
    SpoolImage image,
    Basis basis,
    Figures figures,
    Optional<String> fault,
    Optional<FirstImage> base)
    implements Closeable {
  /**
   * What the pages of a checkpoint lie on. Immutable.
   *
   * @param forgotten the source has forgotten them: its next checkpoint brings only newer ones
   * @param point a delta lies on this point and on no other; empty: on the one taken before
   */
  record Basis(boolean forgotten, Optional<Id> point) {
    /** A delta on the checkpoint before, or a whole image that such deltas follow. */
    static final Basis CHAINED = new Basis(true, Optional.empty());

    /** A delta that was compared with that point. */
    static Basis on(Id point) {
      return new Basis(false, Optional.of(point));
    }
  }

  /**
   * What a checkpoint took. Immutable.
   *
   * @param time when the guest stood still
   * @param pause for how long, as QEMU's events tell
   * @param receivedBytes over the socket, or copied from where they lay
   */
  record Figures(Instant time, Duration pause, long receivedBytes) {
    /** Returns the same with bytes that were copied from where they lay. */
    Figures with(long copiedBytes) {
      return new Figures(time, pause, receivedBytes + copiedBytes);
    }
  }

  Taken(SpoolImage image, Basis basis, Figures figures) {
    this(image, basis, figures, Optional.empty(), Optional.empty());
  }

  Taken withFault(String why) {
    return new Taken(image, basis, figures, Optional.of(why), base);
  }

  /** Returns this one, into whose spool that of an older one went: it lies on what that lay on. */
  Taken over(Taken older) {
    return new Taken(
        image.over(older.image),
        new Basis(basis.forgotten(), older.basis.point()),
        figures,
        fault,
        older.base);
  }

  /** Returns what is left of this one when {@link #over} was called with it. */
  Taken withoutBase() {
    return new Taken(image, basis, figures, fault, Optional.empty());
  }

  /** Tells whether pages that are not there are zero; else they are unchanged. */
  boolean isWhole() {
    return image.whole();
  }

  /** Tells whether it needs nothing of what was taken before. */
  boolean standsAlone() {
    return isWhole() || basis.point().isPresent();
  }

  long pages() {
    return image.spool().pages();
  }

  @Override
  public void close() throws IOException {
    if (base.isPresent()) {
      base.get().close();
    }
    image.close();
  }
}

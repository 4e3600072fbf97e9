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
 */
record Taken(SpoolImage image, Basis basis, Figures figures, Optional<String> fault)
    implements Closeable {
  /**
   * What the pages of a checkpoint lie on. Immutable.
   *
   * @param forgotten the source has forgotten them: its next checkpoint brings only newer ones
   * @param point a delta lies on this point and on no other; empty: on the one taken before
   */
  record Basis(boolean forgotten, Optional<Id> point) {
    /** A whole image, after which the next one is whole, too. */
    static final Basis WHOLE = new Basis(false, Optional.empty());

    /** A delta on the checkpoint before, or the whole one that such deltas follow. */
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
  record Figures(Instant time, Duration pause, long receivedBytes) {}

  Taken(SpoolImage image, Basis basis, Figures figures) {
    this(image, basis, figures, Optional.empty());
  }

  Taken withFault(String why) {
    return new Taken(image, basis, figures, Optional.of(why));
  }

  boolean isWhole() {
    return image.whole();
  }

  long pages() {
    return image.spool().pages();
  }

  @Override
  public void close() throws IOException {
    image.close();
  }
}

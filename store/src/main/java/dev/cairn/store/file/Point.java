package dev.cairn.store.file;

import dev.cairn.store.Id;
import java.time.Instant;
import java.util.List;

/**
 * One restore point as a file lists it. Immutable. Layout: FORMAT.md, Points.
 *
 * @param checkpoint its number in the chain
 * @param id the moment's own name, kept by merges
 * @param time the writer's clock; never used to order points
 * @param label given at creation; empty for none
 * @param layout the machine's RAM at this point
 * @param written what the checkpoint brought
 * @param sections device state
 */
public record Point(
    long checkpoint,
    Id id,
    Instant time,
    String label,
    PointLayout layout,
    Written written,
    List<StoredSection> sections) {

  /** Longest label in bytes of UTF-8. */
  public static final int MAX_LABEL_BYTES = 1024;

  /**
   * What a checkpoint brought into the store. Immutable.
   *
   * @param pages page versions
   * @param zeroPages how many of them are zero pages
   * @param bytes of frames, device state included
   * @param wholeImage a whole image was given, not a delta
   */
  public record Written(long pages, long zeroPages, long bytes, boolean wholeImage) {
    public Written {
      if (pages < 0 || zeroPages < 0 || zeroPages > pages || bytes < 0) {
        throw new IllegalArgumentException(
            pages + " pages, " + zeroPages + " zero, " + bytes + " B");
      }
    }
  }

  public Point {
    sections = List.copyOf(sections);
  }

  /** Returns the point with another label. */
  public Point withLabel(String newLabel) {
    return new Point(checkpoint, id, time, newLabel, layout, written, sections);
  }

  /** Returns the point with other sections: the same ones, addressed in another file table. */
  public Point withSections(List<StoredSection> newSections) {
    return new Point(checkpoint, id, time, label, layout, written, newSections);
  }
}

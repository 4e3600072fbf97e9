package dev.cairn.store.file;

import dev.cairn.store.DeviceSection;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/**
 * Writes the file of one checkpoint: pages first, as each writer has it, then sections, then the
 * end. The output stays open, and so its flock held, until the caller closes it. Not thread-safe.
 */
public interface CheckpointWriter extends Closeable {
  /** Writes a device-state section into the body, behind all pages. */
  StoredSection addSection(DeviceSection section) throws IOException;

  /** Returns what has been added so far. */
  Point.Written written(boolean wholeImage);

  /**
   * Writes index, points and footer. The file is complete then, but not synced.
   *
   * @param point what the file's checkpoint is
   * @param drawn other files that the point's sections are addressed in, as ordinals 1, 2 …
   */
  SealedFile seal(Point point, List<DrawnFile> drawn) throws IOException;
}

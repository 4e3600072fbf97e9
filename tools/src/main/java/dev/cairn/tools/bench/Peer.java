package dev.cairn.tools.bench;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/** Something that keeps points of a machine's memory. Not thread-safe. */
interface Peer extends Closeable {
  /** The ways of Cairn, so that each is held against one that does what it does. */
  enum Way {
    /** A process of its own, given a whole image. */
    COMMAND("cairn (command)"),
    /** In a process that runs on, given a whole image. */
    IMAGE("cairn (image)"),
    /** In a process that runs on, told which pages have changed. */
    DELTA("cairn (delta)");

    private final String text;

    Way(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }

  /** Returns its name for people and machines. */
  String name();

  /** Returns what of Cairn its checkpoints are held against. */
  Way checkpointWay();

  /** Returns what of Cairn its restores are held against. */
  Way restoreWay();

  /**
   * Keeps the image as it is now, durably.
   *
   * @param point numbered from 0 without a gap
   * @param pages that have changed since the point before; of point 0 all
   */
  void checkpoint(int point, ChangingImage image, long[] pages) throws IOException;

  /**
   * Writes a point as a plain file; nobody syncs it.
   *
   * @param target in a directory of its own that is empty
   */
  void restore(int point, Path target) throws IOException;

  /** Returns where the file is that a restore to {@code target} made. */
  default Path restored(Path target) {
    return target;
  }

  /** Returns how much of the disk all points take. */
  long storedBytes() throws IOException;
}

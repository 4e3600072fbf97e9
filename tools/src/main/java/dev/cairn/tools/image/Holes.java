package dev.cairn.tools.image;

import dev.cairn.tools.linux.Extents;
import dev.cairn.tools.linux.SparseFile;
import java.io.IOException;

/**
 * What the holes of a file say, and whether they can be believed. Immutable.
 *
 * @param told whether the file system tells where holes are
 * @param any whether there is one
 * @param blockBytes the least that the file system told apart; more than a page, and a page beside
 *     a dirty one may be data that nobody wrote
 */
record Holes(boolean told, boolean any, long blockBytes) {
  /**
   * Asks the file system.
   *
   * <p>One that does not know holes answers that there are none, and is found out by having
   * allocated less than the file is long. One with large blocks is believed only if some hole
   * begins or ends within a block: a page that was written makes the rest of its block data.
   *
   * @param pageSize of the machine; blocks up to that size need no second look
   */
  static Holes of(Extents file, long length, int pageSize) throws IOException {
    try {
      boolean any = file.hole(0) < length;
      boolean told = any || file.allocatedBytes() >= length;
      long blockBytes = file.blockBytes();
      boolean fine = !any || blockBytes <= pageSize || finerThan(file, length, blockBytes);
      return new Holes(told, any, fine ? Math.min(blockBytes, pageSize) : blockBytes);
    } catch (SparseFile.UntoldHolesException _) {
      return new Holes(false, false, pageSize);
    }
  }

  /** Tells whether some border between data and hole does not lie between blocks. */
  private static boolean finerThan(Extents file, long length, long blockBytes) throws IOException {
    boolean data = false;
    for (long at = file.data(0); at < length; ) {
      long hole = file.hole(at);
      if (at % blockBytes != 0 || (hole < length && hole % blockBytes != 0)) {
        return true;
      }
      data = true;
      at = hole < length ? file.data(hole) : Long.MAX_VALUE;
    }
    return !data;
  }
}

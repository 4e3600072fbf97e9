package dev.cairn.tools.report;

import dev.cairn.chain.ChainSnapshot.RestorePoint;
import dev.cairn.chain.ChainStats;
import dev.cairn.tools.disk.DiskNames;
import dev.cairn.tools.picture.Shades;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What a report says of a chain. Immutable; its size does not grow with the chain.
 *
 * @param chain its name
 * @param made when it was looked at
 * @param generation of the manifest that was read
 * @param stats of all of it
 * @param moments its restore points in order, some together where there are many
 * @param marked points with a label, a pin or a hold, newest first; at most some
 * @param newest the newest points, newest first
 * @param stack its indexes, and the files that they draw on
 * @param disks of the newest points that have a disk pair, newest first
 * @param diskPairs how many points have one
 * @param checked what was verified, in words
 * @param findings what was found wrong, in words
 * @param heat when which memory was written
 */
record ReportData(
    String chain,
    Instant made,
    long generation,
    ChainStats stats,
    List<Moment> moments,
    List<RestorePoint> marked,
    List<RestorePoint> newest,
    Stack stack,
    List<DiskPair> disks,
    int diskPairs,
    String checked,
    List<String> findings,
    Shades heat) {

  /**
   * A restore point, or some that follow each other. What is not known is empty. Immutable.
   *
   * @param first number of the oldest one
   * @param last number of the newest one
   * @param from when the oldest was taken
   * @param to when the newest was taken
   * @param points how many
   * @param bytes that they brought, in all
   * @param pages that they brought, in all
   * @param pauseMillis the longest that is known
   * @param dirtyBytesPerSecond of those whose predecessor is there
   * @param writeAmplification of the chain when the last of them was taken
   * @param spaceAmplification the same
   */
  record Moment(
      long first,
      long last,
      Instant from,
      Instant to,
      int points,
      long bytes,
      long pages,
      OptionalDouble pauseMillis,
      OptionalDouble dirtyBytesPerSecond,
      OptionalDouble writeAmplification,
      OptionalDouble spaceAmplification) {

    /** Returns its name, as a person types it. */
    String name() {
      return first == last ? "@" + first : "@" + first + "\u2026@" + last;
    }
  }

  /**
   * The disks of a point. Immutable.
   *
   * @param checkpoint its number
   * @param disks as the point names them
   */
  record DiskPair(long checkpoint, Instant time, DiskNames disks) {}
}

package dev.cairn.merge.policy;

import java.util.List;
import java.util.Set;

/** A layer's page index, as a simulation sees it. Immutable. */
interface SimIndex {
  /** Returns the number of page versions. */
  long versions();

  /** Returns the number of distinct pages. */
  long pages();

  /** Returns the files that it draws on. */
  int[] files();

  /** Returns the frames that it draws on, by position in {@link #files}. */
  long[] frames();

  /** Makes and rewrites indexes: the only thing in which simulations differ. */
  interface Model {
    /** Returns the index of a new checkpoint whose pages lie in one file. */
    SimIndex delta(long checkpoint, int file);

    /**
     * Merges neighbours, or rewrites one.
     *
     * @param run oldest first
     * @param retained points that are retained
     * @param base checkpoint of the base image: versions at or below it are superfluous
     */
    SimIndex merge(List<SimIndex> run, RetainedPoints retained, long base);

    /** Returns the index with some files' frames moved into one file. */
    SimIndex remap(SimIndex index, Set<Integer> from, int to);
  }
}

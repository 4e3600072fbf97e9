package dev.cairn.merge.policy;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** An index that knows every version of every page, and where it lies. Immutable. */
final class ExactIndex implements SimIndex {
  private final long[] keys;
  private final int[] where;
  private final long pages;
  private final int[] files;
  private final long[] frames;

  /**
   * Counts what it draws on.
   *
   * @param keys page times 2^32 plus checkpoint, ascending
   * @param where file of each
   * @param scratch zeros by file id, zeros again afterwards
   */
  private ExactIndex(long[] keys, int[] where, int[] scratch) {
    this.keys = keys;
    this.where = where;
    int[] touched = new int[16];
    int count = 0;
    long distinct = 0;
    for (int i = 0; i < keys.length; i++) {
      if (i == 0 || page(keys[i]) != page(keys[i - 1])) {
        distinct++;
      }
      if (scratch[where[i]]++ == 0) {
        if (count == touched.length) {
          touched = Arrays.copyOf(touched, 2 * count);
        }
        touched[count++] = where[i];
      }
    }
    pages = distinct;
    files = Arrays.copyOf(touched, count);
    frames = new long[count];
    for (int i = 0; i < count; i++) {
      frames[i] = scratch[files[i]];
      scratch[files[i]] = 0;
    }
  }

  private static int page(long key) {
    return (int) (key >>> 32);
  }

  @Override
  public long versions() {
    return keys.length;
  }

  @Override
  public long pages() {
    return pages;
  }

  @Override
  public int[] files() {
    return files;
  }

  @Override
  public long[] frames() {
    return frames;
  }

  /** Gives each checkpoint its pages. */
  interface Dirtier {
    /** Returns distinct pages, ascending. */
    int[] pages(long checkpoint);
  }

  /** Makes them. Not thread-safe. */
  static final class Exact implements Model {
    private final Dirtier dirtier;
    private final int[] scratch;

    /**
     * Makes a model.
     *
     * @param maxFiles above every file id
     */
    Exact(Dirtier dirtier, int maxFiles) {
      this.dirtier = dirtier;
      this.scratch = new int[maxFiles];
    }

    @Override
    public SimIndex delta(long checkpoint, int file) {
      int[] pages = dirtier.pages(checkpoint);
      long[] keys = new long[pages.length];
      int[] where = new int[pages.length];
      for (int i = 0; i < keys.length; i++) {
        keys[i] = (long) pages[i] << 32 | checkpoint;
        where[i] = file;
      }
      return new ExactIndex(keys, where, scratch);
    }

    @Override
    public SimIndex merge(List<SimIndex> run, RetainedPoints retained, long base) {
      ExactIndex newest = (ExactIndex) run.getLast();
      long[] keys = newest.keys;
      int[] where = newest.where;
      for (int i = run.size() - 2; i >= 0; i--) {
        ExactIndex older = (ExactIndex) run.get(i);
        long[] both = new long[older.keys.length + keys.length];
        int[] bothWhere = new int[both.length];
        for (int a = 0, b = 0, to = 0; to < both.length; to++) {
          boolean first = b == keys.length || (a < older.keys.length && older.keys[a] < keys[b]);
          both[to] = first ? older.keys[a] : keys[b];
          bothWhere[to] = first ? older.where[a++] : where[b++];
        }
        keys = both;
        where = bothWhere;
      }
      return visible(keys, where, retained, base);
    }

    private ExactIndex visible(long[] keys, int[] where, RetainedPoints retained, long base) {
      long[] kept = new long[keys.length];
      int[] keptWhere = new int[keys.length];
      int count = 0;
      for (int i = 0; i < keys.length; i++) {
        long checkpoint = keys[i] & 0xFFFF_FFFFL;
        boolean last = i + 1 == keys.length || page(keys[i + 1]) != page(keys[i]);
        if (checkpoint > base && (last || retained.sees(checkpoint, keys[i + 1] & 0xFFFF_FFFFL))) {
          kept[count] = keys[i];
          keptWhere[count++] = where[i];
        }
      }
      return new ExactIndex(Arrays.copyOf(kept, count), Arrays.copyOf(keptWhere, count), scratch);
    }

    @Override
    public SimIndex remap(SimIndex index, Set<Integer> from, int to) {
      ExactIndex exact = (ExactIndex) index;
      from.forEach(file -> scratch[file] = 1);
      int[] where = exact.where.clone();
      for (int i = 0; i < where.length; i++) {
        if (scratch[where[i]] == 1) {
          where[i] = to;
        }
      }
      from.forEach(file -> scratch[file] = 0);
      return new ExactIndex(exact.keys, where, scratch);
    }
  }
}

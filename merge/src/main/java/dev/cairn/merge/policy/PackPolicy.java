package dev.cairn.merge.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Says which files' page data to pack, by sizes alone. Immutable.
 *
 * <p>Files of one size class become one, {@code fanIn} at a time, the oldest first; a file of
 * another class between them does not matter, so a class never has {@code fanIn + waiting} files.
 * Above class 0 the newest {@code waiting} are left for later: that is the data that retention
 * thins out next, and what dies before it is packed is never copied.
 *
 * <p>A group has at most {@link #MOST_FRAMES} live frames and {@link #MOST_BYTES}, so that a packer
 * knows where each of them goes in bounded memory. A file of more than half of either stays for
 * itself, unless it is sparse.
 *
 * @param unitBytes live bytes of a file in the middle of class 0
 * @param fanIn files of one size class that make a pack, and the ratio of one class to the next
 * @param waiting newest files of a class above 0 that do not make a pack yet
 * @param maxSparse so many files less than half live are packed, however little they waste
 */
public record PackPolicy(long unitBytes, int fanIn, int waiting, int maxSparse) {
  /** Units of 4 MiB, packs of 64, 32 wait, 16 sparse files. */
  public static final PackPolicy DEFAULT = new PackPolicy(4L << 20, 64, 32, 16);

  /** Live frames of a group: 20 GiB of pages of 4 KiB. See DECISIONS.md. */
  public static final int MOST_FRAMES = 5 << 20;

  /** Live bytes of a group: far below the 4 TiB that an address can express. */
  public static final long MOST_BYTES = 128L << 30;

  public PackPolicy {
    if (unitBytes < 1 || fanIn < 2 || waiting < 0 || maxSparse < 1) {
      throw new IllegalArgumentException(
          "unitBytes "
              + unitBytes
              + ", fanIn "
              + fanIn
              + ", waiting "
              + waiting
              + ", maxSparse "
              + maxSparse);
    }
  }

  /**
   * Returns the groups that are due, no file in two of them. A pack may make another one due: ask
   * again with the new files until nothing is due.
   *
   * @param files all files that some index draws on, oldest first; a file that nothing draws on is
   *     not packed but dropped
   */
  public List<PackGroup> next(List<DataFile> files) {
    List<DataFile> sparse = sparse(files);
    List<PackGroup> groups = new ArrayList<>();
    if (!sparse.isEmpty()) {
      groups.add(new PackGroup(sparse.subList(0, fitting(sparse))));
    }
    SortedMap<Integer, List<DataFile>> classes = new TreeMap<>();
    for (DataFile file : files) {
      if (file.packable() && !isFull(file) && (sparse.isEmpty() || !file.isSparse())) {
        classes.computeIfAbsent(sizeClass(file), key -> new ArrayList<>()).add(file);
      }
    }
    classes.forEach((key, members) -> addMany(groups, members, key == 0 ? 0 : waiting));
    return List.copyOf(groups);
  }

  /**
   * Returns log{@code fanIn}(live bytes ÷ {@code unitBytes}), rounded, at least 0. Rounded and not
   * floored: a pack of {@code fanIn} whole files of which one page has died must not be taken for a
   * file of the class below, or it is copied again with the next pack there.
   */
  int sizeClass(DataFile file) {
    int result = 0;
    double units = (double) file.liveBytes() / unitBytes;
    for (; units * units >= fanIn; units /= fanIn) {
      result++;
    }
    return result;
  }

  /** Returns the sparse files if they are due, else nothing. */
  private List<DataFile> sparse(List<DataFile> files) {
    List<DataFile> sparse = new ArrayList<>();
    long dead = 0;
    long live = 0;
    for (DataFile file : files) {
      dead += file.deadBytes();
      live += file.liveBytes();
      if (file.packable() && file.isSparse()) {
        sparse.add(file);
      }
    }
    return sparse.size() >= maxSparse || dead > live / 2 ? sparse : List.of();
  }

  private static boolean isFull(DataFile file) {
    return file.liveFrames() > MOST_FRAMES / 2 || file.liveBytes() > MOST_BYTES / 2;
  }

  /** Returns how many files, from the first on, one pack can take: at least one. */
  private static int fitting(List<DataFile> files) {
    long frames = 0;
    long bytes = 0;
    for (int i = 0; i < files.size(); i++) {
      // Neither sum overflows: each is checked before the next is added.
      frames += Math.min(MOST_FRAMES, files.get(i).liveFrames());
      bytes += Math.min(MOST_BYTES, files.get(i).liveBytes());
      if (i > 0 && (frames > MOST_FRAMES || bytes > MOST_BYTES)) {
        return i;
      }
    }
    return files.size();
  }

  private void addMany(List<PackGroup> groups, List<DataFile> members, int left) {
    int from = 0;
    while (from + fanIn + left <= members.size()) {
      int count = fitting(members.subList(from, from + fanIn));
      groups.add(new PackGroup(members.subList(from, from + count)));
      from += count;
    }
  }
}

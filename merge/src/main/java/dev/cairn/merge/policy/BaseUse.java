package dev.cairn.merge.policy;

/**
 * What a base policy knows of a base image. Immutable.
 *
 * @param checkpoint of which it is the image
 * @param pages present in it
 * @param unseenPages those that no retained point sees: a layer has a newer version at or below the
 *     oldest retained point
 * @param oldestRetained number of the oldest retained point, not below {@code checkpoint}
 */
public record BaseUse(long checkpoint, long pages, long unseenPages, long oldestRetained) {
  public BaseUse {
    if (unseenPages < 0 || pages < unseenPages || checkpoint < 0 || oldestRetained < checkpoint) {
      throw new IllegalArgumentException(
          unseenPages
              + " unseen of "
              + pages
              + " pages, base at "
              + checkpoint
              + ", oldest point "
              + oldestRetained);
    }
  }
}

package dev.cairn.merge;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Progress;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Region;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Merges the indexes of a run of layers by page, then by checkpoint, and hands on the versions that
 * a rewrite keeps. Not thread-safe.
 */
final class PageMerger {
  /** Takes the versions that are kept: pages ascend, versions of a page ascend. */
  @FunctionalInterface
  interface Sink {
    /**
     * Takes a version.
     *
     * @param key {@code block << 32 | page}
     * @param region that has the version
     * @param version its number there
     * @param from the layer, whose file table the version's address goes by
     */
    void keep(long key, Region region, int version, OpenFile from) throws IOException;
  }

  private final List<LayerCursor> cursors = new ArrayList<>();
  private final Visibility visibility;
  private final Sink sink;
  private final boolean apart;
  private long dropped;

  /**
   * Opens the layers.
   *
   * @param run from old to new
   */
  PageMerger(ChainSnapshot snapshot, List<FileEntry> run, Visibility visibility, Sink sink)
      throws IOException {
    this(snapshot, run, visibility, sink, false);
  }

  private PageMerger(
      ChainSnapshot snapshot, List<FileEntry> run, Visibility visibility, Sink sink, boolean apart)
      throws IOException {
    this.apart = apart;
    for (FileEntry layer : run) {
      cursors.add(LayerCursor.of(snapshot, layer));
    }
    this.visibility = visibility;
    this.sink = sink;
  }

  /**
   * Opens layers that are to be rewritten each by itself: of each, the last version of a page is
   * kept.
   *
   * @param layers from old to new
   */
  static PageMerger apart(
      ChainSnapshot snapshot, List<FileEntry> layers, Visibility visibility, Sink sink)
      throws IOException {
    return new PageMerger(snapshot, layers, visibility, sink, true);
  }

  /**
   * Merges everything.
   *
   * @param progress is told of bytes of indexes
   * @return how many versions were dropped
   */
  long run(Progress progress) throws IOException {
    long total = cursors.stream().mapToLong(LayerCursor::totalBytes).sum();
    long done = -1;
    while (true) {
      long key = LayerCursor.END;
      long before = done;
      done = 0;
      for (int i = 0; i < cursors.size(); i++) { // an iterator for each region is not free
        LayerCursor cursor = cursors.get(i);
        key = Math.min(key, cursor.key());
        done += cursor.doneBytes();
      }
      if (done != before) {
        progress.at(done, total);
      }
      if (key == LayerCursor.END) {
        return dropped;
      }
      merge(key);
    }
  }

  /** A version is decided on when the next one of its page is known. */
  private void merge(long key) throws IOException {
    LayerCursor held = null;
    Region heldRegion = null;
    int heldVersion = 0;
    for (int i = 0; i < cursors.size(); i++) {
      LayerCursor cursor = cursors.get(i);
      if (cursor.key() != key) {
        continue;
      }
      Region region = cursor.region();
      int end = region.endVersion(cursor.rank());
      for (int v = region.firstVersion(cursor.rank()); v < end; v++) {
        long checkpoint = region.checkpoint(v);
        if (checkpoint > cursor.through() || visibility.isBelowBase(checkpoint)) {
          dropped++;
          continue;
        }
        if (held != null && heldRegion != null) {
          if (visibility.isSeen(heldRegion.checkpoint(heldVersion), checkpoint)) {
            sink.keep(key, heldRegion, heldVersion, held.file());
          } else {
            dropped++;
          }
        }
        held = cursor;
        heldRegion = region;
        heldVersion = v;
      }
      if (apart && held != null && heldRegion != null) {
        sink.keep(key, heldRegion, heldVersion, held.file());
        held = null;
      }
      cursor.next();
    }
    if (held != null && heldRegion != null) {
      sink.keep(key, heldRegion, heldVersion, held.file());
    }
  }
}

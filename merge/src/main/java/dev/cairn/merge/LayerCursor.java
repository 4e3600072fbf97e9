package dev.cairn.merge;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Region;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Walks through the index of one layer, page by page. Not thread-safe. */
final class LayerCursor {
  /** The key of no page: all have been seen. */
  static final long END = Long.MAX_VALUE;

  private final OpenFile file;
  private final long through;
  private int entry = -1;
  private int rank;
  private long doneBytes;
  private long regionKey;
  private long key = END;
  private @Nullable Region region;

  private LayerCursor(OpenFile file, long through) {
    this.file = file;
    this.through = through;
  }

  /** Stands at the layer's first page. */
  static LayerCursor of(ChainSnapshot snapshot, FileEntry layer) throws IOException {
    LayerCursor cursor = new LayerCursor(snapshot.file(layer), layer.through());
    cursor.nextEntry();
    return cursor;
  }

  /** Returns the bytes of index that lie behind it. */
  long doneBytes() {
    return doneBytes;
  }

  /** Returns the bytes of the layer's whole index. */
  long totalBytes() {
    long bytes = 0;
    for (int i = 0; i < file.directory().size(); i++) {
      bytes += file.directory().entry(i).length();
    }
    return bytes;
  }

  /** Returns {@code block << 32 | page} of the page it stands at, or {@link #END}. */
  long key() {
    return key;
  }

  OpenFile file() {
    return file;
  }

  /** Returns the layer's cap: versions above it do not exist. */
  long through() {
    return through;
  }

  /** Returns the index of the page it stands at. */
  Region region() {
    if (region == null) {
      throw new IllegalStateException("behind the last page");
    }
    return region;
  }

  /** Returns the rank of the page it stands at in {@link #region}. */
  int rank() {
    return rank;
  }

  void next() throws IOException {
    rank++;
    if (rank < region().pageCount()) {
      key = regionKey + region().page(rank);
    } else {
      nextEntry();
    }
  }

  private void nextEntry() throws IOException {
    if (entry >= 0) {
      doneBytes += file.directory().entry(entry).length();
    }
    entry++;
    rank = 0;
    if (entry == file.directory().size()) {
      region = null;
      key = END;
      return;
    }
    region = file.region(entry);
    regionKey = Directory.regionOf(file.directory().key(entry));
    key = regionKey + region.page(0);
  }
}

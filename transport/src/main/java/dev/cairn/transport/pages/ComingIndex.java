package dev.cairn.transport.pages;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Incoming;
import dev.cairn.chain.IncomingFile;
import dev.cairn.chain.PointProjection;
import dev.cairn.chain.PointView;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.BlockSums;
import dev.cairn.store.file.OpenFile;
import java.io.Closeable;
import java.io.IOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Where the pages of a point lie in the files of one state that is to come, and which of those
 * bytes are here. Thread-safe.
 */
final class ComingIndex implements Closeable {
  /** Bytes of a file's body. Immutable. */
  record Place(IncomingFile file, long offset, long length) {
    long firstBlock() {
      return offset / BlockSums.BLOCK;
    }

    long lastBlock() {
      return (offset + Math.max(1, length) - 1) / BlockSums.BLOCK;
    }

    boolean isHere() {
      return file.has(offset, length);
    }

    /** Returns the first block that is not here; -1 if all are. */
    long missingBlock() {
      for (long block = firstBlock(); block <= lastBlock(); block++) {
        if (file.isMissing(block)) {
          return block;
        }
      }
      return -1;
    }
  }

  private final ChainSnapshot snapshot;
  private final PointView view;
  private final PointProjection projection;
  private final Map<OpenFile, IncomingFile> files = new HashMap<>();

  private ComingIndex(Incoming incoming, ChainSnapshot snapshot, PointView view) {
    this.snapshot = snapshot;
    this.view = view;
    this.projection = new PointProjection(view);
    for (IncomingFile file : incoming.files()) {
      snapshot.file(file.entry().fileId()).ifPresent(open -> files.put(open, file));
    }
  }

  /** Opens that of the state to come; all metadata are here. */
  static ComingIndex open(Incoming incoming, long checkpoint) throws IOException {
    ChainSnapshot snapshot = incoming.snapshot();
    boolean done = false;
    try {
      ComingIndex index = new ComingIndex(incoming, snapshot, snapshot.view(checkpoint));
      done = true;
      return index;
    } finally {
      if (!done) {
        snapshot.close();
      }
    }
  }

  /** Tells whether it is that of the state to come. */
  boolean isOf(Incoming incoming) {
    return files.size() == incoming.files().size() && files.values().containsAll(incoming.files());
  }

  ChainSnapshot snapshot() {
    return snapshot;
  }

  PointView view() {
    return view;
  }

  PointProjection projection() {
    return projection;
  }

  /** Returns where a page that is not zero lies, and whatever else is needed to read it. */
  Place place(int block, long page) throws IOException {
    int pageSize = view.layout().pageSize();
    long frame = projection.frame(block, page);
    long from = Address.neededFrom(frame, pageSize);
    long end = Address.offset(frame) + Address.storedBytes(frame, pageSize);
    return new Place(file(projection.owner(frame)), from, end - from);
  }

  /** Returns the file that is coming by one that is open. */
  IncomingFile file(OpenFile open) {
    IncomingFile file = files.get(open);
    if (file == null) {
      throw new IllegalStateException(open.name() + " is not coming");
    }
    return file;
  }

  /** Tells which pages of a word, none of them zero, can be read here. */
  long here(int block, long page, long wanted) throws IOException {
    long here = 0;
    for (long bits = wanted; bits != 0; bits &= bits - 1) {
      int i = Long.numberOfTrailingZeros(bits);
      if (place(block, page + i).isHere()) {
        here |= 1L << i;
      }
    }
    return here;
  }

  /** Returns, by file, the blocks that the point needs; plans all regions, so it takes a while. */
  Map<IncomingFile, BitSet> neededBlocks() throws IOException {
    Map<IncomingFile, BitSet> needed = new HashMap<>();
    for (int block = 0; block < view.layout().blocks().size(); block++) {
      long pages = view.layout().blocks().get(block).pages(view.layout().pageSize());
      for (long word = 0; word < pages; word += PagePlaces.WORD_PAGES) {
        for (long bits = projection.present(block, word); bits != 0; bits &= bits - 1) {
          Place place = place(block, word + Long.numberOfTrailingZeros(bits));
          needed
              .computeIfAbsent(place.file(), _ -> new BitSet())
              .set((int) place.firstBlock(), (int) place.lastBlock() + 1);
        }
      }
    }
    return needed;
  }

  @Override
  public void close() throws IOException {
    try (snapshot) {
      projection.close();
    }
  }
}

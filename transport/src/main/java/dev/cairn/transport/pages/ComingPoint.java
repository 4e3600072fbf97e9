package dev.cairn.transport.pages;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Incoming;
import dev.cairn.chain.IncomingFile;
import dev.cairn.chain.PointView;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.Crc;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.file.StoredSection;
import dev.cairn.transport.wire.PageEntries;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Owns what is known of the pages of a point whose files are still coming, once all metadata are
 * here: where each lies, its CRC, whether it can be read. It can if it is zero, if its blocks are
 * here, or if it came ahead of them and lies in the spill. Thread-safe.
 */
public final class ComingPoint implements PagePlaces, Closeable {
  /** Asks sources for pages. */
  @FunctionalInterface
  public interface Asking {
    /**
     * Asks for pages that nobody has asked for. Does not wait.
     *
     * @param page the word's first page
     * @param bits bit i for page {@code page + i}
     */
    void ask(int block, long page, long bits);
  }

  /** Has blocks of files fetched before others. */
  @FunctionalInterface
  public interface Hurry {
    /**
     * Wants blocks early. Does not wait.
     *
     * @param count of blocks, as far as there are so many
     * @param urgent before all others
     */
    void first(IncomingFile file, long block, int count, boolean urgent);
  }

  /** Those who wait for pages. */
  interface Waiters {
    /** Pages can be read that could not. Called by any thread; does not wait. */
    default void look() {}

    /** The same, by a thread that has nothing else to do. */
    default void answer() {}
  }

  /** Blocks behind that of a page that somebody waits for. */
  private static final int BLOCKS_BEHIND = 8;

  private static final int PAGE_BITS = 48;

  private final RamLayout layout;
  private final PageStates states;
  private final Spill spill;
  private final Map<IncomingFile, Integer> ordinals = new ConcurrentHashMap<>();
  private final AtomicInteger nextOrdinal = new AtomicInteger();
  private volatile Waiters waiters = new Waiters() {};

  /** Of the states to come: the newest first; older ones have what came of theirs. */
  private volatile List<ComingIndex> indexes;

  private volatile Asking asking = (_, _, _) -> {};
  private volatile Hurry hurry = (_, _, _, _) -> {};

  private ComingPoint(ComingIndex index, Incoming incoming, long spillBytes) {
    this.indexes = List.of(index);
    this.layout = index.view().layout();
    this.states = new PageStates(layout);
    this.spill = new Spill(layout.pageSize(), spillBytes, incoming::spill);
  }

  /**
   * Opens the point that is coming; all metadata are here.
   *
   * @param incoming outlives it
   * @param spillBytes of memory for pages that come before their blocks; more go into a file
   */
  public static ComingPoint open(Incoming incoming, long checkpoint, long spillBytes)
      throws IOException {
    return new ComingPoint(ComingIndex.open(incoming, checkpoint), incoming, spillBytes);
  }

  /**
   * Goes on with what is to come now, whose metadata are all here: the same point, perhaps in other
   * files.
   */
  public synchronized void change(Incoming incoming) throws IOException {
    if (index().isOf(incoming)) {
      return;
    }
    ComingIndex next = ComingIndex.open(incoming, view().point().checkpoint());
    List<ComingIndex> all = new ArrayList<>(List.of(next));
    all.addAll(indexes);
    indexes = List.copyOf(all);
    waiters.look();
  }

  /** Sets who asks. */
  public void askBy(Asking who) {
    asking = who;
  }

  /** Sets who fetches. */
  public void fetchBy(Hurry who) {
    hurry = who;
  }

  private ComingIndex index() {
    return indexes.getFirst();
  }

  /** Returns the machine. Its device state can be read once {@link #hasSections}. */
  public PointView view() {
    return index().view();
  }

  /** Returns all points of the state to come. */
  public ChainSnapshot snapshot() {
    return index().snapshot();
  }

  RamLayout layout() {
    return layout;
  }

  /** Sets who is told whenever pages can be read that could not. */
  void tell(Waiters who) {
    waiters = who;
  }

  /**
   * Tells which pages cannot be read yet.
   *
   * @param page the word's first page
   * @param wanted bit i for page {@code page + i}
   */
  public long missing(int block, long page, long wanted) throws IOException {
    long due = wanted & present(block, page) & ~states.received(block, page);
    long missing = due;
    for (ComingIndex index : indexes) {
      missing &= ~index.here(block, page, missing);
    }
    if (missing != due) {
      states.receive(block, page, due & ~missing);
    }
    return missing;
  }

  private long present(int block, long word) throws IOException {
    return index().projection().present(block, word);
  }

  /** Returns the key of the first block of a page's frame that is not here; -1 if all are. */
  private long missingBlock(int block, long page) throws IOException {
    ComingIndex.Place place = index().place(block, page);
    long missing = place.missingBlock();
    return missing < 0 ? -1 : key(place.file(), missing);
  }

  private long key(IncomingFile file, long number) {
    int ordinal = ordinals.computeIfAbsent(file, _ -> nextOrdinal.getAndIncrement());
    return ((long) ordinal << 32) | number;
  }

  private static long key(int block, long page) {
    return ((long) block << PAGE_BITS) | page;
  }

  /**
   * Wants pages: those that are missing are asked for, if that is urgent and nobody has, and their
   * blocks are fetched before others.
   *
   * @param count pages, within the block
   */
  public void want(int block, long page, int count, boolean urgent) throws IOException {
    long end = page + count;
    for (long word = page & -WORD_PAGES; word < end; word += WORD_PAGES) {
      long bits = -1L;
      if (page > word) {
        bits <<= page - word;
      }
      if (end < word + WORD_PAGES) {
        bits &= (1L << (end - word)) - 1;
      }
      long missing = missing(block, word, bits);
      long mine = urgent ? states.request(block, word, missing) : 0;
      if (mine != 0) {
        asking.ask(block, word, mine);
      }
      hurry(block, word, missing, urgent);
    }
  }

  private void hurry(int block, long word, long pages, boolean urgent) throws IOException {
    long last = -1;
    for (long bits = pages; bits != 0; bits &= bits - 1) {
      ComingIndex.Place place = index().place(block, word + Long.numberOfTrailingZeros(bits));
      long key = key(place.file(), place.firstBlock());
      if (key != last) { // neighbours mostly lie in one block
        last = key;
        int count = (int) (place.lastBlock() - place.firstBlock()) + 1;
        hurry.first(place.file(), place.firstBlock(), count + (urgent ? BLOCKS_BEHIND : 0), urgent);
      }
    }
  }

  /**
   * Tells whether what a source answered of a page is right: the bytes are those of the index.
   *
   * @param crc of the calling thread
   * @param kind of {@link PageEntries}
   * @param told the CRC of the entry
   * @param bytes of the page, if the kind has any
   */
  boolean isRight(Crc crc, int block, long page, int kind, int told, MemorySegment bytes)
      throws IOException {
    boolean present = ((present(block, page & -WORD_PAGES) >>> page) & 1) != 0;
    if (!present) {
      return kind == PageEntries.ZERO;
    }
    return kind == PageEntries.PLAIN && told == crc(block, page) && told == crc.of(bytes);
  }

  /** Takes a page that is right; late ones are dropped. */
  void take(int block, long page, MemorySegment bytes) throws IOException {
    long word = page & -WORD_PAGES;
    long bit = 1L << page;
    if ((states.received(block, word) & bit) != 0) {
      return;
    }
    long waits = missingBlock(block, page);
    if (waits >= 0) {
      spill.put(key(block, page), waits, bytes);
      if (missingBlock(block, page) != waits) {
        spill.release(waits, this::waitsFor); // the block came before it was there to be seen
      }
    }
    states.receive(block, word, bit);
  }

  /** Has those answered who wait for pages that were taken. May wait for them. */
  void answer() {
    waiters.answer();
  }

  /** Says that a block of a file is here. */
  public void blockIsHere(IncomingFile file, long number) throws IOException {
    spill.release(key(file, number), this::waitsFor);
    waiters.look();
  }

  private long waitsFor(long page) throws IOException {
    return missingBlock((int) (page >>> PAGE_BITS), page & ((1L << PAGE_BITS) - 1));
  }

  @Override
  public long read(PageReader reader, int block, long page, long wanted, MemorySegment into)
      throws IOException {
    long present = wanted & present(block, page);
    long left = present;
    int pageSize = layout.pageSize();
    for (long bits = present; bits != 0; bits &= bits - 1) {
      int i = Long.numberOfTrailingZeros(bits);
      // First where it came to: it goes from there only when it can be read where it belongs.
      if (spill.read(key(block, page + i), into.asSlice((long) i * pageSize, pageSize))) {
        left &= ~(1L << i);
      }
    }
    List<ComingIndex> all = indexes;
    for (int i = 0; i < all.size() && left != 0; i++) {
      ComingIndex index = all.get(i);
      long due = i == all.size() - 1 ? left : index.here(block, page, left);
      index.projection().read(reader, block, page, due, into);
      left &= ~due;
    }
    return present;
  }

  @Override
  public int crc(int block, long page) throws IOException {
    return index().projection().crc(block, page);
  }

  /** Has the device state fetched first. */
  public void wantSections() throws IOException {
    for (ComingIndex.Place place : sections()) {
      int count = (int) (place.lastBlock() - place.firstBlock()) + 1;
      hurry.first(place.file(), place.firstBlock(), count, true);
    }
  }

  /** Tells whether all of the device state is here. */
  public boolean hasSections() throws IOException {
    return sections().stream().allMatch(ComingIndex.Place::isHere);
  }

  private List<ComingIndex.Place> sections() throws IOException {
    ComingIndex index = index();
    List<ComingIndex.Place> places = new ArrayList<>();
    for (StoredSection section : index.view().point().sections()) {
      IncomingFile file = index.file(index.view().owner(section));
      long offset = Address.offset(section.address());
      places.add(new ComingIndex.Place(file, offset, section.storedLength()));
    }
    return places;
  }

  /** Returns, by file, the blocks that the point needs; takes a while. */
  public Map<IncomingFile, BitSet> neededBlocks() throws IOException {
    return index().neededBlocks();
  }

  /** To be closed when nobody asks any more. */
  @Override
  public void close() throws IOException {
    try (spill) {
      for (ComingIndex index : indexes) {
        index.close();
      }
    }
  }
}

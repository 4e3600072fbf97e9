package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.DeviceFrames;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.FrameReader;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.Region;
import dev.cairn.store.file.StoredSection;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Reads what an index says that the chain has: the page versions that exist, and the device state
 * of the retained points. Frames are read many at once; where one of them is damaged, all are read
 * again one by one, so that each damaged one is found. Not thread-safe.
 */
final class IndexReader implements Closeable {
  /** Is told what cannot be read. */
  interface Listener {
    /**
     * A page version is lost.
     *
     * @param key {@code block << 32 | page}
     * @param checkpoint at which it was written
     */
    void lostVersion(long key, long checkpoint);

    /** A section of a point's device state is lost. */
    void lostSection(Point point);

    /** Why; once for a file that is not there at all. */
    void damage(DrawnFile file, CorruptFileException damage);
  }

  private static final long WINDOW_BYTES = 1 << 20;

  private final LooseFiles files;
  private final FrameReader frames;
  private final Arena arena = Arena.ofConfined();
  private final PageReader pages;
  private final MemorySegment window;
  private final List<Frame> wanted = new ArrayList<>();
  private final Listener listener;
  private final BooleanSupplier sample;
  private final Set<Long> missing = new HashSet<>();

  /**
   * @param sample chooses which page frames are read
   */
  IndexReader(LooseFiles files, Listener listener, BooleanSupplier sample) {
    this.files = files;
    this.frames = new FrameReader(files.manifest().pageSize());
    this.pages = new PageReader(files.manifest().pageSize(), arena);
    this.window = arena.allocate(WINDOW_BYTES, 4096);
    this.listener = listener;
    this.sample = sample;
  }

  /**
   * Reads the frames of one region, or of a piece of one.
   *
   * @param number of its entry in the directory
   * @throws CorruptFileException if the region itself is damaged
   */
  void region(FileEntry entry, OpenFile index, int number) throws IOException {
    Region region = index.region(number);
    long regionKey = Directory.regionOf(index.directory().key(number));
    for (int rank = 0; rank < region.pageCount(); rank++) {
      for (int v = region.firstVersion(rank); v < region.endVersion(rank); v++) {
        long checkpoint = region.checkpoint(v);
        if (files.manifest().covers(entry, checkpoint)
            && region.address(v) != Address.ZERO
            && sample.getAsBoolean()) {
          want(index, new Frame(regionKey + region.page(rank), checkpoint, region, v));
        }
      }
    }
    readWanted(index);
  }

  /** A version whose frame is to be read. */
  private record Frame(long key, long checkpoint, Region region, int version) {
    long address() {
      return region.address(version);
    }

    int crc() {
      return region.crc(version);
    }
  }

  private void want(OpenFile index, Frame frame) throws IOException {
    DrawnFile drawn = drawn(index, frame);
    OpenFile owner = files.drawn(drawn);
    if (owner == null) {
      tellMissing(index, drawn);
      listener.lostVersion(frame.key, frame.checkpoint);
      return;
    }
    pages.want(owner, frame.address(), frame.crc(), wanted.size());
    wanted.add(frame);
    if (wanted.size() == window.byteSize() / files.manifest().pageSize()) {
      readWanted(index);
    }
  }

  private static DrawnFile drawn(OpenFile index, Frame frame) {
    return index.files().get(Address.ordinal(frame.address()));
  }

  private void readWanted(OpenFile index) throws IOException {
    try {
      pages.readInto(window);
    } catch (CorruptFileException e) {
      for (Frame frame : wanted) {
        readAlone(index, frame);
      }
    }
    wanted.clear();
    pages.begin();
  }

  private void readAlone(OpenFile index, Frame frame) throws IOException {
    DrawnFile drawn = drawn(index, frame);
    OpenFile owner = Objects.requireNonNull(files.drawn(drawn), "it was there to be wanted");
    try {
      frames.read(owner, frame.address(), frame.crc());
    } catch (CorruptFileException e) {
      listener.damage(drawn, e);
      listener.lostVersion(frame.key, frame.checkpoint);
    }
  }

  /** Reads the device state of the retained points that an index lists, and returns these. */
  List<Point> points(FileEntry entry, OpenFile index) throws IOException {
    List<Point> points = new ArrayList<>();
    Manifest manifest = files.manifest();
    for (Point point : index.points()) {
      if (manifest.isRetained(entry, point.checkpoint())) {
        points.add(point);
        for (StoredSection section : point.sections()) {
          section(index, point, section);
        }
      }
    }
    return points;
  }

  private void section(OpenFile index, Point point, StoredSection section) throws IOException {
    DrawnFile drawn = index.files().get(Address.ordinal(section.address()));
    Optional<OpenFile> owner = Optional.ofNullable(files.drawn(drawn));
    try {
      if (owner.isPresent()) {
        DeviceFrames.read(owner.get(), section);
        return;
      }
      tellMissing(index, drawn);
    } catch (CorruptFileException e) {
      listener.damage(drawn, e);
    }
    listener.lostSection(point);
  }

  /** What a manifest's file lacks was told when it was to be opened. */
  private void tellMissing(OpenFile index, DrawnFile drawn) {
    if (missing.add(drawn.name().fileId()) && !files.damaged().containsKey(drawn.name())) {
      listener.damage(
          drawn,
          new CorruptFileException(
              index.name(), "file table", 0, "files of the manifest", drawn.name()));
    }
  }

  @Override
  public void close() {
    frames.close();
    pages.close();
    arena.close();
  }
}

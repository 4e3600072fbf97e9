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
import dev.cairn.store.file.Point;
import dev.cairn.store.file.Region;
import dev.cairn.store.file.StoredSection;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Reads what an index says that the chain has: the page versions that exist, and the device state
 * of the retained points. Every frame is read by itself, so each one that is damaged is found. Not
 * thread-safe.
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

  private final LooseFiles files;
  private final FrameReader frames;
  private final Listener listener;
  private final BooleanSupplier sample;
  private final Set<Long> missing = new HashSet<>();

  /**
   * @param sample chooses which page frames are read
   */
  IndexReader(LooseFiles files, Listener listener, BooleanSupplier sample) {
    this.files = files;
    this.frames = new FrameReader(files.manifest().pageSize());
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
            && sample.getAsBoolean()
            && !isReadable(index, region.address(v), region.crc(v))) {
          listener.lostVersion(regionKey + region.page(rank), checkpoint);
        }
      }
    }
  }

  private boolean isReadable(OpenFile index, long address, int crc) throws IOException {
    DrawnFile drawn = index.files().get(Address.ordinal(address));
    OpenFile owner = files.drawn(drawn);
    if (owner == null) {
      tellMissing(index, drawn);
      return false;
    }
    try {
      frames.read(owner, address, crc);
      return true;
    } catch (CorruptFileException e) {
      listener.damage(drawn, e);
      return false;
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
  }
}

package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Hold;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.retention.RetentionPoint;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Point;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A manifest and an open descriptor of every file that it names: an unchanging picture of a chain.
 * Safe for use by several threads until it is closed.
 */
public final class ChainSnapshot implements Closeable {
  /** A restore point as the chain has it now. Immutable. */
  public record RestorePoint(Point point, String label, boolean pinned, boolean held) {
    public long checkpoint() {
      return point.checkpoint();
    }
  }

  /** What is opened of a manifest's files. */
  enum Files {
    ALL,
    /** For who asks for points and no page: data files may be many. */
    INDEXES
  }

  private final String chain;
  private final Manifest manifest;
  private final FilePool pool;
  private final List<OpenFile> opened = new ArrayList<>();
  private final Map<Long, OpenFile> byId = new HashMap<>();
  private final Map<Long, CorruptFileException> unreadable = new HashMap<>();
  private final Map<Long, FileEntry> indexes = new HashMap<>();
  private @Nullable NavigableMap<Long, Point> points;
  private boolean closed;

  /**
   * Opens all files of a manifest. A data file that is damaged does no harm to points that need
   * nothing of it; a damaged index does.
   *
   * @param files what is opened
   * @param underLock no file can have gone by right: one that is missing counts as damaged
   * @throws java.nio.file.NoSuchFileException if one is gone; then none stays open
   */
  ChainSnapshot(String chain, Manifest manifest, FilePool pool, Files files, boolean underLock)
      throws IOException {
    this.chain = chain;
    this.manifest = manifest;
    this.pool = pool;
    boolean done = false;
    try {
      for (FileEntry entry : files == Files.ALL ? manifest.files() : manifest.indexes()) {
        open(entry, underLock);
      }
      checkParents();
      manifest.indexes().forEach(entry -> indexes.put(entry.fileId(), entry));
      done = true;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  private void open(FileEntry entry, boolean underLock) throws IOException {
    try {
      OpenFile file = pool.acquire(entry.name());
      opened.add(file);
      FileRules.check(manifest, entry, file);
      if (entry.role() != FileEntry.Role.DATA) {
        file.loadIndex();
      }
      byId.put(entry.fileId(), file);
    } catch (CorruptFileException e) {
      setAside(entry, e);
    } catch (NoSuchFileException e) {
      if (!underLock) {
        throw e;
      }
      setAside(
          entry,
          new CorruptFileException(
              entry.name().text(), "file", 0, "there, as the manifest says", "no such file"));
    }
  }

  private void setAside(FileEntry entry, CorruptFileException damage) throws CorruptFileException {
    if (entry.role() != FileEntry.Role.DATA) {
      throw damage;
    }
    unreadable.put(entry.fileId(), damage);
  }

  private void checkParents() throws CorruptFileException {
    List<FileEntry> indexes = manifest.indexes();
    for (int i = 1; i < indexes.size(); i++) {
      FileRules.checkParent(indexes.get(i - 1), file(indexes.get(i)));
    }
  }

  /** Returns the chain's name. */
  public String chain() {
    return chain;
  }

  public Manifest manifest() {
    return manifest;
  }

  /** Returns the open file of an entry of the manifest. */
  public OpenFile file(FileEntry entry) {
    OpenFile file = byId.get(entry.fileId());
    if (file == null) {
      throw new IllegalArgumentException(entry.name() + " is not in this snapshot");
    }
    return file;
  }

  /** Returns why data files could not be opened. */
  public Collection<CorruptFileException> unreadable() {
    return List.copyOf(unreadable.values());
  }

  /** Returns the open file of that id. */
  public Optional<OpenFile> file(long fileId) {
    return Optional.ofNullable(byId.get(fileId));
  }

  /**
   * Returns the file that an index names by an ordinal.
   *
   * @throws CorruptFileException if the manifest does not name that file
   */
  public OpenFile drawn(OpenFile index, int ordinal) throws CorruptFileException {
    FileName name = index.files().get(ordinal).name();
    OpenFile file = byId.get(name.fileId());
    CorruptFileException damage = unreadable.get(name.fileId());
    if (damage != null) {
      throw damage;
    }
    if (file == null || !file.header().name().equals(name)) {
      throw new CorruptFileException(
          index.name(), "file table entry " + ordinal, 0, "a file of the manifest", name);
    }
    return file;
  }

  /** Returns the retained points by number. Made when it is first asked for: writers need none. */
  public synchronized NavigableMap<Long, Point> points() throws IOException {
    if (points == null) {
      NavigableMap<Long, Point> found = new TreeMap<>();
      for (FileEntry entry : manifest.indexes()) {
        for (Point point : file(entry).points()) {
          if (manifest.isRetained(entry, point.checkpoint())) {
            found.put(point.checkpoint(), point);
          }
        }
      }
      points = Collections.unmodifiableNavigableMap(found);
    }
    return points;
  }

  /** Returns a retained point with what was said of it since. */
  public RestorePoint describe(Point point) {
    long n = point.checkpoint();
    String label = manifest.marks().labels().getOrDefault(n, point.label());
    List<Hold> holds = manifest.marks().holds();
    boolean held = !holds.isEmpty() && holds.stream().anyMatch(h -> h.point() == n);
    return new RestorePoint(point, label, manifest.marks().pins().contains(n), held);
  }

  /** Returns all restore points from old to new. */
  public List<RestorePoint> restorePoints() throws IOException {
    return points().values().stream().map(this::describe).toList();
  }

  /**
   * Returns the restore point of that number.
   *
   * @throws NoSuchPointException if it is not retained
   */
  public Point point(long checkpoint) throws IOException {
    Optional<OpenFile> home = home(checkpoint);
    Optional<Point> point = home.isEmpty() ? Optional.empty() : home.get().point(checkpoint);
    if (point.isEmpty()) {
      String why =
          manifest.tip().isPresent() && checkpoint <= manifest.tip().get().number()
              ? " was forgotten"
              : " does not exist";
      throw new NoSuchPointException(
          "restore point " + chain + "@" + checkpoint + why + "; see: cairn list " + chain);
    }
    return point.get();
  }

  /** Returns the index whose POINTS lists a retained point: its ordinals address the sections. */
  OpenFile home(Point point) {
    return home(point.checkpoint())
        .orElseThrow(
            () -> new IllegalArgumentException(point.checkpoint() + " is not in this snapshot"));
  }

  private Optional<OpenFile> home(long checkpoint) {
    for (FileEntry entry : indexes.values()) {
      if (manifest.isRetained(entry, checkpoint)) {
        return Optional.of(file(entry));
      }
    }
    return Optional.empty();
  }

  /** Tells whether a checkpoint that is in an index's POINTS is a restore point by that. */
  public boolean isHome(OpenFile file, long checkpoint) {
    FileEntry entry = indexes.get(file.header().name().fileId());
    return entry != null && manifest.isRetained(entry, checkpoint);
  }

  /** Returns what retention needs to know of all points. */
  public List<RetentionPoint> retentionPoints() throws IOException {
    return restorePoints().stream()
        .map(
            p ->
                new RetentionPoint(
                    p.checkpoint(), p.point().time(), p.label(), p.pinned(), p.held()))
        .toList();
  }

  /** Opens a view of the machine at a retained point. The snapshot must outlive it. */
  public PointView view(long checkpoint) throws IOException {
    return new PointView(this, point(checkpoint));
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      for (OpenFile file : opened) {
        pool.release(file);
      }
    }
  }
}

package dev.cairn.chain;

import dev.cairn.chain.manifest.Dropped;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Hold;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.Region;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Reads every version that a chain has and finds out which restore points are intact. A damaged
 * index loses every point from its first checkpoint on; a damaged page version loses the points
 * that see it, also those at which its block does not reach so far. What it keeps in memory is
 * bounded by one region and the points, whatever is damaged. Not thread-safe.
 */
public final class Examiner implements Closeable {
  /** A page version that cannot be read. */
  private record LostVersion(int page, long checkpoint) {}

  private final Chain chain;
  private final Consumer<Finding> findings;
  private final LooseFiles files;
  private final Manifest manifest;
  private final NavigableMap<Long, Point> points = new TreeMap<>();
  private final Set<FileName> tainted = new LinkedHashSet<>();
  private final List<LostVersion> lost = new ArrayList<>();
  private PointSet damaged = PointSet.EMPTY;

  /**
   * Opens what can be opened of a chain.
   *
   * @param findings is told of all damage as it is found
   */
  public Examiner(Chain chain, Consumer<Finding> findings) throws IOException {
    this.chain = chain;
    this.findings = findings;
    files = LooseFiles.open(chain);
    manifest = files.manifest();
  }

  /**
   * Examines everything; once.
   *
   * @param progress is told of the bytes of bodies, and again of frames, each read by itself
   * @return empty if no damage was found
   * @throws CorruptFileException if no restore point is intact
   */
  public Optional<Damage> run(Progress progress) throws IOException {
    ByteCount bytes = new ByteCount(progress, files.bytesToRead());
    files.damaged().forEach((name, damage) -> damage.forEach(e -> taint(name, Finding.of(e))));
    List<FileEntry> sound = soundIndexes();
    try (IndexReader reader = new IndexReader(files, new Loss(), () -> true)) {
      for (FileEntry entry : sound) {
        examine(entry, sound, reader, bytes);
      }
    }
    for (FileEntry entry : manifest.files()) {
      OpenFile file = files.file(entry);
      if (file != null) {
        BodyCheck.body(file, () -> true, finding -> taint(entry.name(), finding), bytes);
      }
    }
    bytes.end();
    BodyCheck.dropped(chain, manifest, () -> true, this::taint);
    return tainted.isEmpty() ? Optional.empty() : Optional.of(damage(newestIntact()));
  }

  private void taint(FileName file, Finding finding) {
    findings.accept(finding);
    tainted.add(file);
  }

  /** Returns the base and the layers, from old to new, below the first that is damaged. */
  private List<FileEntry> soundIndexes() throws IOException {
    List<FileEntry> sound = new ArrayList<>();
    for (FileEntry entry : manifest.indexes()) {
      if (!files.isSound(entry)) {
        return sound;
      }
      try {
        OpenFile file = open(entry);
        for (int i = 0; i < file.directory().size(); i++) {
          file.region(i);
        }
      } catch (CorruptFileException e) {
        taint(entry.name(), Finding.of(e));
        return sound;
      }
      sound.add(entry);
    }
    return sound;
  }

  private final class Loss implements IndexReader.Listener {
    @Override
    public void lostVersion(long key, long checkpoint) {
      lost.add(new LostVersion((int) (key - Directory.regionOf(key)), checkpoint));
    }

    @Override
    public void lostSection(Point point) {
      damaged = damaged.with(point.checkpoint());
    }

    @Override
    public void damage(DrawnFile file, CorruptFileException damage) {
      taint(file.name(), Finding.of(damage));
    }
  }

  private void examine(FileEntry entry, List<FileEntry> sound, IndexReader reader, ByteCount bytes)
      throws IOException {
    OpenFile file = open(entry);
    for (int i = 0; i < file.directory().size(); i++) {
      reader.region(entry, file, i);
      bytes.add(LooseFiles.frameBytes(file, i));
      if (!lost.isEmpty()) {
        loseThoseWhoSee(Directory.regionOf(file.directory().key(i)), sound);
        lost.clear();
      }
    }
    for (Point point : reader.points(entry, file)) {
      points.put(point.checkpoint(), point);
    }
  }

  private OpenFile open(FileEntry sound) {
    return Objects.requireNonNull(files.file(sound), "a sound index is open");
  }

  /** A version is seen from its own checkpoint up to the one before the page's next version. */
  private void loseThoseWhoSee(long regionKey, List<FileEntry> sound) throws IOException {
    long[] next = new long[lost.size()];
    Arrays.fill(next, Long.MAX_VALUE);
    for (FileEntry entry : sound) {
      OpenFile file = open(entry);
      Directory directory = file.directory();
      for (int i = directory.ceiling(regionKey);
          i < directory.size() && Directory.regionOf(directory.key(i)) == regionKey;
          i++) {
        Region region = file.region(i);
        for (int k = 0; k < next.length; k++) {
          next[k] = Math.min(next[k], nextVersion(region, lost.get(k), entry.through()));
        }
      }
    }
    List<PointSet.Range> seen = new ArrayList<>();
    for (int k = 0; k < next.length; k++) {
      seen.add(new PointSet.Range(lost.get(k).checkpoint, next[k] - 1));
    }
    damaged = damaged.union(seen);
  }

  /** Returns the checkpoint of a region's next version of a page, or one that nothing has. */
  private static long nextVersion(Region region, LostVersion version, long through) {
    int rank = region.rank(version.page);
    if (rank < 0) {
      return Long.MAX_VALUE;
    }
    int last = region.lastVersion(rank, version.checkpoint);
    int next = last == Region.ABSENT ? region.firstVersion(rank) : last + 1;
    if (next == region.endVersion(rank) || region.checkpoint(next) > through) {
      return Long.MAX_VALUE;
    }
    return region.checkpoint(next);
  }

  private Manifest.Tip newestIntact() throws CorruptFileException {
    for (Point point : points.descendingMap().values()) {
      if (!damaged.contains(point.checkpoint())) {
        return new Manifest.Tip(point.checkpoint(), point.id());
      }
    }
    throw new CorruptFileException(
        chain.directory().path(),
        "restore points",
        0,
        "an intact one",
        "none; nothing was changed");
  }

  private Damage damage(Manifest.Tip tip) {
    List<FileEntry> used = ChainCut.files(manifest, tip, this::open);
    List<PointSet.Range> below = new ArrayList<>();
    for (long n : points.headMap(tip.number()).keySet()) {
      if (damaged.contains(n)) {
        below.add(new PointSet.Range(n, n));
      }
    }
    PointSet gone = PointSet.EMPTY.union(below);
    Set<Long> usedIds = new LinkedHashSet<>();
    used.forEach(entry -> usedIds.add(entry.fileId()));
    Set<FileName> aside = new LinkedHashSet<>(tainted);
    manifest.files().stream()
        .filter(entry -> !usedIds.contains(entry.fileId()))
        .forEach(entry -> aside.add(entry.name()));
    aside.addAll(letGo(tip, gone));
    return new Damage(
        new Edit.Repair(manifest.generation(), tip, used, gone, Set.copyOf(tainted)),
        gone.union(above(tip)),
        List.copyOf(aside),
        tainted.stream().filter(name -> usedIds.contains(name.fileId())).toList());
  }

  /**
   * Returns the dropped files that go with holds on points that are lost: what was packed away may
   * be intact in them.
   */
  private List<FileName> letGo(Manifest.Tip tip, PointSet gone) {
    List<Hold> left =
        manifest.marks().holds().stream()
            .filter(hold -> hold.point() <= tip.number() && !gone.contains(hold.point()))
            .toList();
    return manifest.marks().dropped().stream()
        .filter(dropped -> left.stream().noneMatch(dropped::isHeldBy))
        .map(Dropped::name)
        .toList();
  }

  /** Of an index whose POINTS cannot be read nobody knows which it lists: all that it covers. */
  private List<PointSet.Range> above(Manifest.Tip tip) {
    PointSet forgotten = manifest.marks().forgotten();
    List<PointSet.Range> above = new ArrayList<>();
    for (FileEntry entry : manifest.indexes()) {
      Optional<List<Point>> listed = files.points(entry);
      if (listed.isEmpty()) {
        PointSet all = PointSet.of(List.of(new PointSet.Range(0, entry.through())));
        for (PointSet.Range range : forgotten.ranges()) {
          all = all.without(range.from(), range.to());
        }
        all = all.without(0, Math.max(tip.number(), entry.name().first() - 1));
        above.addAll(all.ranges());
        continue;
      }
      for (Point point : listed.get()) {
        long n = point.checkpoint();
        if (n > tip.number() && manifest.isRetained(entry, n)) {
          above.add(new PointSet.Range(n, n));
        }
      }
    }
    return above;
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}

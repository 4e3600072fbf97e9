package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.DeviceFrames;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.FrameReader;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.Region;
import dev.cairn.store.file.StoredSection;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads every version that a chain has and finds out which restore points are intact. A damaged
 * index loses every point from its first checkpoint on; a damaged page loses the points that see
 * it. Not thread-safe.
 */
public final class Examiner implements Closeable {
  /** A page version that cannot be read. */
  private record BadVersion(long key, long checkpoint) {}

  private final Chain chain;
  private final Manifest manifest;
  private final Map<Long, OpenFile> open = new HashMap<>();
  private final List<Finding> findings = new ArrayList<>();
  private final List<FileEntry> sound = new ArrayList<>();
  private final List<BadVersion> bad = new ArrayList<>();
  private final NavigableMap<Long, Point> points = new TreeMap<>();
  private final Set<FileName> tainted = new LinkedHashSet<>();
  private PointSet damaged = PointSet.EMPTY;

  /** Opens what can be opened of a chain. */
  public Examiner(Chain chain) throws IOException {
    this.chain = chain;
    this.manifest = chain.manifest();
    boolean done = false;
    try {
      for (FileEntry entry : manifest.files()) {
        open(entry);
      }
      done = true;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  private void open(FileEntry entry) throws IOException {
    try {
      FileName name = entry.name();
      OpenFile file = OpenFile.open(name, chain.directory().open(name.text()));
      open.put(entry.fileId(), file);
      String sha = file.metadataSha();
      if (file.length() != entry.length() || !sha.equals(entry.sha())) {
        throw new CorruptFileException(name.text(), "SHA-256 of metadata", 0, entry.sha(), sha);
      }
    } catch (NoSuchFileException e) {
      taint(
          entry.name(), new CorruptFileException(entry.name().text(), "file", 0, "there", "gone"));
    } catch (CorruptFileException e) {
      taint(entry.name(), e);
      OpenFile file = open.remove(entry.fileId());
      if (file != null) {
        file.close();
      }
    }
  }

  private void taint(FileName file, CorruptFileException e) {
    findings.add(Finding.of(e));
    tainted.add(file);
  }

  /**
   * Examines everything.
   *
   * @return empty if no damage was found
   * @throws CorruptFileException if no restore point is intact
   */
  public Optional<Damage> run() throws IOException {
    for (FileEntry entry : manifest.indexes()) {
      if (!examine(entry)) {
        break;
      }
      sound.add(entry);
    }
    for (FileEntry entry : manifest.files()) {
      body(entry);
    }
    if (findings.isEmpty()) {
      return Optional.empty();
    }
    for (BadVersion version : bad) {
      long next = nextVersion(version);
      damaged = damaged.union(List.of(new PointSet.Range(version.checkpoint, next - 1)));
    }
    Point tip = null;
    for (Point point : points.values()) {
      tip = damaged.contains(point.checkpoint()) ? tip : point;
    }
    if (tip == null) {
      throw new CorruptFileException(
          chain.directory().path(), "restore points", 0, "an intact one", "none; nothing changed");
    }
    return Optional.of(damage(new Manifest.Tip(tip.checkpoint(), tip.id())));
  }

  private Damage damage(Manifest.Tip tip) {
    List<FileEntry> files = ChainCut.files(manifest, tip, entry -> open.get(entry.fileId()));
    List<Long> lost = new ArrayList<>();
    PointSet below = PointSet.EMPTY;
    for (long n : points.keySet()) {
      if (n > tip.number() || damaged.contains(n)) {
        lost.add(n);
      }
      if (n < tip.number() && damaged.contains(n)) {
        below = below.with(n);
      }
    }
    Set<String> aside = new LinkedHashSet<>();
    tainted.forEach(name -> aside.add(name.text()));
    for (FileEntry entry : manifest.files()) {
      if (files.stream().noneMatch(f -> f.fileId() == entry.fileId())) {
        aside.add(entry.name().text());
      }
    }
    List<FileName> used = files.stream().map(FileEntry::name).filter(tainted::contains).toList();
    return new Damage(
        findings,
        new Edit.Repair(manifest.generation(), tip, files, below),
        lost,
        List.copyOf(aside),
        used);
  }

  /** Reads an index and all that it draws upon; false if the index itself is damaged. */
  private boolean examine(FileEntry entry) throws IOException {
    OpenFile file = open.get(entry.fileId());
    if (file == null) {
      return false;
    }
    List<Region> regions = new ArrayList<>();
    try {
      for (int i = 0; i < file.directory().size(); i++) {
        regions.add(file.region(i));
      }
    } catch (CorruptFileException e) {
      taint(entry.name(), e);
      return false;
    }
    try (FrameReader reader = new FrameReader(manifest.pageSize())) {
      for (int i = 0; i < regions.size(); i++) {
        long key = Directory.regionOf(file.directory().key(i));
        examine(entry, file, regions.get(i), key, reader);
      }
    }
    for (Point point : file.points()) {
      long n = point.checkpoint();
      if (n > floor(entry) && n <= entry.through() && !manifest.marks().forgotten().contains(n)) {
        points.put(n, point);
        sections(file, point);
      }
    }
    return true;
  }

  private long floor(FileEntry entry) {
    return entry.role() == FileEntry.Role.BASE ? -1 : manifest.base().orElseThrow().through();
  }

  private void examine(
      FileEntry entry, OpenFile file, Region region, long regionKey, FrameReader reader)
      throws IOException {
    for (int rank = 0; rank < region.pageCount(); rank++) {
      for (int v = region.firstVersion(rank); v < region.endVersion(rank); v++) {
        long checkpoint = region.checkpoint(v);
        long address = region.address(v);
        boolean exists = checkpoint > floor(entry) && checkpoint <= entry.through();
        if (!exists || address == Address.ZERO) {
          continue;
        }
        FileName name = file.files().get(Address.ordinal(address)).name();
        OpenFile owner = open.get(name.fileId());
        try {
          if (owner != null) {
            reader.read(owner, address, region.crc(v));
          }
        } catch (CorruptFileException e) {
          taint(name, e);
          owner = null;
        }
        if (owner == null) {
          bad.add(new BadVersion(regionKey + region.page(rank), checkpoint));
        }
      }
    }
  }

  private void sections(OpenFile file, Point point) throws IOException {
    for (StoredSection section : point.sections()) {
      FileName name = file.files().get(Address.ordinal(section.address())).name();
      OpenFile owner = open.get(name.fileId());
      try {
        if (owner != null) {
          DeviceFrames.read(owner, section);
          continue;
        }
      } catch (CorruptFileException e) {
        taint(name, e);
      }
      damaged = damaged.with(point.checkpoint());
    }
  }

  /** Damage in bytes that no version needs is damage all the same: the file is made anew. */
  private void body(FileEntry entry) throws IOException {
    OpenFile file = open.get(entry.fileId());
    if (file != null && !tainted.contains(entry.name())) {
      List<Finding> found = new ArrayList<>();
      Verifier.checkBody(file, 1, chain.environment().random(), found::add);
      if (!found.isEmpty()) {
        findings.addAll(found);
        tainted.add(entry.name());
      }
    }
  }

  /** Returns the checkpoint of the page's next version, or a number that no checkpoint has. */
  private long nextVersion(BadVersion version) throws IOException {
    long regionKey = Directory.regionOf(version.key);
    int page = (int) (version.key - regionKey);
    long next = Long.MAX_VALUE;
    for (FileEntry entry : sound) {
      OpenFile file = open.get(entry.fileId());
      if (file == null || entry.through() <= version.checkpoint) {
        continue;
      }
      Directory directory = file.directory();
      for (int i = directory.ceiling(regionKey);
          i < directory.size() && Directory.regionOf(directory.key(i)) == regionKey;
          i++) {
        Region region = file.region(i);
        int rank = region.rank(page);
        for (int v = rank < 0 ? 0 : region.firstVersion(rank);
            rank >= 0 && v < region.endVersion(rank);
            v++) {
          long checkpoint = region.checkpoint(v);
          if (checkpoint > version.checkpoint && checkpoint <= entry.through()) {
            next = Math.min(next, checkpoint);
          }
        }
      }
    }
    return next;
  }

  @Override
  public void close() throws IOException {
    for (OpenFile file : open.values()) {
      file.close();
    }
    open.clear();
  }
}

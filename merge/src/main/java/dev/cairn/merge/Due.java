package dev.cairn.merge;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.merge.policy.DataFile;
import dev.cairn.merge.policy.LayerPoints;
import dev.cairn.merge.policy.LayerSize;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.FileHeader;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.StoredSection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Asks the policies what is due in a snapshot. Not thread-safe. */
final class Due {
  /**
   * What the points of one layer may take: a file can have 64 MiB of them, layouts and strings
   * included. A merge that fails at its end would be tried, and written, again and again.
   */
  private static final long MOST_POINTS_BYTES = 48L << 20;

  /** Of a point's record: store/FORMAT.md, Points. */
  private static final int POINT_BYTES = 96;

  private static final int SECTION_BYTES = 40;

  /** A frame takes a step of its file at least. */
  private static final int LEAST_FRAME_BYTES = Address.STEP;

  /** What indexes draw from one file. Immutable. */
  record Drawn(long bytes, long frames) {
    static final Drawn NOTHING = new Drawn(0, 0);

    /** Both come from files, which can say anything. */
    Drawn plus(Drawn other) {
      return new Drawn(saturated(bytes, other.bytes), saturated(frames, other.frames));
    }

    private static long saturated(long a, long b) {
      return a + b < 0 ? Long.MAX_VALUE : a + b;
    }
  }

  private final ChainSnapshot snapshot;
  private final Policies policies;
  private final long mostPointsBytes;

  Due(ChainSnapshot snapshot, Policies policies) {
    this(snapshot, policies, MOST_POINTS_BYTES);
  }

  /**
   * @param mostPointsBytes what the points of one layer may take
   */
  Due(ChainSnapshot snapshot, Policies policies, long mostPointsBytes) {
    this.snapshot = snapshot;
    this.policies = policies;
    this.mostPointsBytes = mostPointsBytes;
  }

  /**
   * Returns the layers that are to become one. What would list more points than a file can is not
   * merged into, nor is anything below it.
   */
  Optional<List<FileEntry>> merge() throws IOException {
    List<FileEntry> layers = snapshot.manifest().layers();
    List<LayerSize> sizes =
        layers.stream()
            .map(layer -> new LayerSize(snapshot.file(layer).directory().versionCount()))
            .toList();
    int from = 0;
    while (true) {
      List<FileEntry> open = layers.subList(from, layers.size());
      Optional<List<FileEntry>> run =
          policies.merge().next(sizes.subList(from, sizes.size())).map(found -> found.of(open));
      int tooMany = run.isEmpty() ? 0 : tooMany(run.get());
      if (tooMany == 0) {
        return run;
      }
      from = layers.indexOf(run.orElseThrow().get(tooMany));
    }
  }

  /** Returns how many of a run's oldest layers it must do without to have a POINTS that fits. */
  private int tooMany(List<FileEntry> run) throws IOException {
    long bytes = 0;
    for (int i = run.size() - 1; i >= 0; i--) {
      bytes += pointsBytes(run.get(i));
      if (bytes > mostPointsBytes) {
        return Math.min(i + 1, run.size() - 1);
      }
    }
    return 0;
  }

  /** Returns about what a layer's points take in the POINTS of a rewrite, rather more than less. */
  private long pointsBytes(FileEntry layer) throws IOException {
    OpenFile file = snapshot.file(layer);
    List<StoredSection> previous = List.of();
    long bytes = 0;
    for (Point point : file.points()) {
      if (snapshot.isHome(file, point.checkpoint())) {
        boolean shared = point.sections().equals(previous);
        bytes += POINT_BYTES + 3L * snapshot.describe(point).label().length(); // of UTF-8, at most
        bytes += shared ? 0 : (long) SECTION_BYTES * point.sections().size();
        previous = point.sections();
      }
    }
    return bytes;
  }

  /** Returns runs that make as few layers as files can list the points of: mostly one of all. */
  List<List<FileEntry>> compact() throws IOException {
    List<List<FileEntry>> runs = new ArrayList<>();
    List<FileEntry> run = new ArrayList<>();
    long bytes = 0;
    for (FileEntry layer : snapshot.manifest().layers()) {
      long more = pointsBytes(layer);
      if (!run.isEmpty() && bytes + more > mostPointsBytes) {
        runs.add(run);
        run = new ArrayList<>();
        bytes = 0;
      }
      run.add(layer);
      bytes += more;
    }
    runs.add(run);
    runs.removeIf(layers -> layers.isEmpty());
    return runs;
  }

  /** Tells whether a layer lists points that are no restore points by that any more. */
  boolean listsForgotten(FileEntry layer) throws IOException {
    return points(layer).forgotten() > 0;
  }

  private LayerPoints points(FileEntry layer) throws IOException {
    OpenFile file = snapshot.file(layer);
    long retained =
        file.points().stream().filter(p -> snapshot.isHome(file, p.checkpoint())).count();
    return new LayerPoints(file.points().size(), retained);
  }

  /** Returns the first layer that is to be rewritten alone. */
  Optional<FileEntry> rewrite() throws IOException {
    for (FileEntry layer : snapshot.manifest().layers()) {
      if (policies.rewrite().isDue(points(layer))) {
        return Optional.of(layer);
      }
    }
    return Optional.empty();
  }

  /** Returns the files that are to be packed into one. */
  Optional<List<FileName>> pack() throws IOException {
    Map<Long, Drawn> live = new HashMap<>();
    for (FileEntry layer : snapshot.manifest().layers()) {
      for (DrawnFile drawn : snapshot.file(layer).files()) {
        Drawn more = new Drawn(drawn.drawnBytes(), drawn.drawnFrames());
        live.merge(drawn.name().fileId(), more, Drawn::plus);
      }
    }
    Set<Long> kept = filesOfTheTip();
    List<DataFile> files = new ArrayList<>();
    Map<Long, FileName> names = new HashMap<>();
    for (FileEntry entry : snapshot.manifest().files()) {
      Optional<OpenFile> file = snapshot.file(entry.fileId());
      if (entry.role() == FileEntry.Role.BASE || file.isEmpty()) {
        continue; // damaged data is for a repair, not for a pack
      }
      long body = file.get().metadataOffset() - FileHeader.LENGTH;
      boolean packable = entry.role() == FileEntry.Role.DATA && !kept.contains(entry.fileId());
      Drawn drawn = live.getOrDefault(entry.fileId(), Drawn.NOTHING);
      long bytes = Math.min(body, drawn.bytes);
      long frames = Math.min(body / LEAST_FRAME_BYTES, drawn.frames);
      files.add(new DataFile(entry.fileId(), body, bytes, frames, packable));
      names.put(entry.fileId(), entry.name());
    }
    return policies.pack().next(files).stream()
        .findFirst()
        .map(group -> group.files().stream().map(file -> name(names, file)).toList());
  }

  /** Returns the data files that may be packed, due or not. */
  List<FileName> packable() throws IOException {
    Set<Long> kept = filesOfTheTip();
    return snapshot.manifest().files(FileEntry.Role.DATA).stream()
        .filter(entry -> snapshot.file(entry.fileId()).isPresent())
        .filter(entry -> !kept.contains(entry.fileId()))
        .map(FileEntry::name)
        .toList();
  }

  private static FileName name(Map<Long, FileName> names, DataFile file) {
    return Objects.requireNonNull(names.get(file.id()), "a policy names no other files");
  }

  /**
   * A writer whose parent is the tip draws on the files of the tip's device state; they are never
   * packed, so that it is never refused.
   */
  private Set<Long> filesOfTheTip() throws IOException {
    Set<Long> files = new HashSet<>();
    Point tip = snapshot.point(snapshot.manifest().tip().orElseThrow().number());
    for (FileEntry entry : snapshot.manifest().indexes()) {
      OpenFile index = snapshot.file(entry);
      if (snapshot.isHome(index, tip.checkpoint())) {
        for (StoredSection section : tip.sections()) {
          files.add(index.files().get(Address.ordinal(section.address())).name().fileId());
        }
      }
    }
    return files;
  }
}

package dev.cairn.merge;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.merge.policy.BaseUse;
import dev.cairn.merge.policy.DataFile;
import dev.cairn.merge.policy.LayerPoints;
import dev.cairn.merge.policy.LayerRun;
import dev.cairn.merge.policy.LayerSize;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.FileHeader;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.Region;
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

  Due(ChainSnapshot snapshot, Policies policies) {
    this.snapshot = snapshot;
    this.policies = policies;
  }

  /** Returns the layers that are to become one. */
  Optional<List<FileEntry>> merge() {
    List<FileEntry> layers = snapshot.manifest().layers();
    Optional<LayerRun> run =
        policies
            .merge()
            .next(
                layers.stream()
                    .map(l -> new LayerSize(snapshot.file(l).directory().versionCount()))
                    .toList());
    return run.map(r -> r.of(layers));
  }

  /** Returns the first layer that is to be rewritten alone. */
  Optional<FileEntry> rewrite() throws IOException {
    for (FileEntry layer : snapshot.manifest().layers()) {
      OpenFile file = snapshot.file(layer);
      long retained =
          file.points().stream().filter(p -> snapshot.isHome(file, p.checkpoint())).count();
      if (policies.rewrite().isDue(new LayerPoints(file.points().size(), retained))) {
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

  /** Tells whether the base image is to move. */
  boolean base() throws IOException {
    FileEntry base = snapshot.manifest().base().orElseThrow();
    long oldest = snapshot.points().firstKey();
    if (oldest <= base.through()) {
      return false;
    }
    long pages = snapshot.file(base).directory().pageCount();
    long most = 0;
    for (FileEntry layer : snapshot.manifest().layers()) {
      if (layer.name().first() <= oldest) {
        most += snapshot.file(layer).directory().pageCount();
      }
    }
    BaseUse bound = new BaseUse(base.through(), pages, Math.min(pages, most), oldest);
    return policies.base().moveTo(bound).isPresent()
        && policies.base().moveTo(exactUse(base, pages, oldest)).isPresent();
  }

  /** Counts the base's pages that a layer has a newer version of, at or below a point. */
  private BaseUse exactUse(FileEntry base, long pages, long oldest) throws IOException {
    OpenFile file = snapshot.file(base);
    long unseen = 0;
    for (int i = 0; i < file.directory().size(); i++) {
      Region region = file.region(i);
      Set<Integer> newer = new HashSet<>();
      for (FileEntry layer : snapshot.manifest().layers()) {
        if (layer.name().first() <= oldest) {
          addPages(snapshot.file(layer), file.directory().key(i), base.through(), oldest, newer);
        }
      }
      for (int rank = 0; rank < region.pageCount(); rank++) {
        if (newer.contains(region.page(rank))) {
          unseen++;
        }
      }
    }
    return new BaseUse(base.through(), pages, unseen, oldest);
  }

  /** Adds pages of a region that have a version above the base and not above a point. */
  private static void addPages(OpenFile layer, long key, long base, long oldest, Set<Integer> pages)
      throws IOException {
    Directory directory = layer.directory();
    for (int i = directory.ceiling(key);
        i < directory.size() && Directory.regionOf(directory.key(i)) == key;
        i++) {
      Region region = layer.region(i);
      for (int rank = 0; rank < region.pageCount(); rank++) {
        int version = region.lastVersion(rank, oldest);
        if (version != Region.ABSENT && region.checkpoint(version) > base) {
          pages.add(region.page(rank));
        }
      }
    }
  }
}

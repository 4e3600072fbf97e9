package dev.cairn.merge.policy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Layers and files of one chain, without any bytes: every decision is the policies' own, every cost
 * is counted. Not thread-safe.
 */
final class StoreSimulator {
  /**
   * What to simulate.
   *
   * @param ramPages pages of the base
   * @param deltaPages of a usual checkpoint, for 1,024; headers, points and what a pack may have
   *     are scaled with it
   */
  record Setup(
      MergePolicy merging,
      PackPolicy packing,
      long ramPages,
      long deltaPages,
      SimIndex.Model model) {}

  private static final long PAGE_BYTES = 4096;

  /** A file; {@code body} and {@code live} are pages. */
  private static final class File {
    final int id;
    final long last;
    final long body;
    final long metadataBytes;
    long live;
    boolean isLayer;

    File(int id, long last, long body, long metadataBytes) {
      this.id = id;
      this.last = last;
      this.body = body;
      this.metadataBytes = metadataBytes;
    }
  }

  private static final class Layer {
    final long first;
    final long last;
    final long[] points;
    final SimIndex index;
    final File file;

    Layer(long first, long last, long[] points, SimIndex index, File file) {
      this.first = first;
      this.last = last;
      this.points = points;
      this.index = index;
      this.file = file;
    }
  }

  private final Setup setup;
  private final RewritePolicy rewriting = new RewritePolicy();
  private final BasePolicy basing = new BasePolicy();
  private final List<Layer> layers = new ArrayList<>();

  /** By age. */
  private final List<File> files = new ArrayList<>();

  private final Map<Integer, File> filesById = new HashMap<>();
  private int nextFile = 1;
  private long base;
  private final RetainedPoints retained = new RetainedPoints();
  private boolean forgot;

  // Counters, in bytes.
  private long ingested;
  private long written;
  private long indexWritten;
  private long packWritten;
  private long baseWritten;
  private long stored;
  private long peakBytes;

  StoreSimulator(Setup setup) {
    this.setup = setup;
    stored = setup.ramPages * (PAGE_BYTES + 3);
  }

  /** Takes a checkpoint, retained. */
  void append(long checkpoint) {
    int id = nextFile++;
    SimIndex index = setup.model.delta(checkpoint, id);
    retained.add(checkpoint);
    ingested += index.versions() * PAGE_BYTES;
    write(index.versions() * PAGE_BYTES);
    File file = create(id, checkpoint, index.versions(), metadata(index, 1));
    layers.add(new Layer(checkpoint, checkpoint, new long[] {checkpoint}, index, file));
    use(index, 1);
    file.isLayer = true;
  }

  /** Retains fewer points from now on; ascending. */
  void retain(long[] points) {
    retained.set(points);
    forgot = true;
  }

  /** Does everything that is due. */
  void maintain(long unseenBasePages) {
    peakBytes = stored;
    moveBase(unseenBasePages);
    if (forgot) {
      rewrite();
      forgot = false;
    }
    merge();
    dropDead();
    pack();
  }

  private void moveBase(long unseen) {
    basing
        .moveTo(new BaseUse(base, setup.ramPages, unseen, retained.oldest()))
        .ifPresent(
            to -> {
              base = to;
              long bytes = setup.ramPages * (PAGE_BYTES + 3);
              baseWritten += bytes;
              write(bytes);
              peakBytes = Math.max(peakBytes, stored + bytes);
              layers.removeIf(
                  layer -> {
                    boolean below = layer.last <= base;
                    if (below) {
                      retire(layer);
                    }
                    return below;
                  });
              if (!layers.isEmpty() && layers.getFirst().first <= base) {
                replace(0, 1);
              }
            });
  }

  private void rewrite() {
    for (int i = 0; i < layers.size(); i++) {
      Layer layer = layers.get(i);
      if (rewriting.isDue(new LayerPoints(layer.points.length, stillRetained(layer).length))) {
        replace(i, i + 1);
      }
    }
  }

  private void merge() {
    while (true) {
      var run =
          setup.merging.next(
              layers.stream().map(layer -> new LayerSize(layer.index.versions())).toList());
      if (run.isEmpty()) {
        return;
      }
      replace(run.get().from(), run.get().to());
    }
  }

  private void replace(int from, int to) {
    List<Layer> run = layers.subList(from, to);
    SimIndex merged =
        setup.model.merge(run.stream().map(layer -> layer.index).toList(), retained, base);
    long[] points = run.stream().flatMapToLong(l -> Arrays.stream(stillRetained(l))).toArray();
    Layer layer = newLayer(run.getFirst().first, run.getLast().last, points, merged);
    use(merged, 1);
    run.forEach(this::retire);
    run.clear();
    layers.add(from, layer);
  }

  private Layer newLayer(long first, long last, long[] points, SimIndex index) {
    File file = create(nextFile++, last, 0, metadata(index, points.length));
    file.isLayer = true;
    return new Layer(first, last, points, index, file);
  }

  private void retire(Layer layer) {
    use(layer.index, -1);
    layer.file.isLayer = false;
    if (layer.file.body == 0) {
      delete(layer.file);
    }
  }

  private long[] stillRetained(Layer layer) {
    return Arrays.stream(layer.points).filter(retained::contains).toArray();
  }

  private void pack() {
    while (true) {
      List<DataFile> drawn = new ArrayList<>();
      for (File file : files) {
        if (file.live > 0) {
          drawn.add(
              new DataFile(
                  file.id,
                  file.body * PAGE_BYTES,
                  file.live * PAGE_BYTES,
                  file.live * 1024 / setup.deltaPages,
                  !file.isLayer));
        }
      }
      List<PackGroup> groups = setup.packing.next(drawn);
      if (groups.isEmpty()) {
        return;
      }
      pack(groups.getFirst());
      dropDead();
    }
  }

  /** Rewrites the indexes that draw on a group, as any rewrite does, and copies what they keep. */
  private void pack(PackGroup group) {
    Set<Integer> from = new HashSet<>();
    group.files().forEach(file -> from.add((int) file.id()));
    Map<Integer, SimIndex> rewritten = new TreeMap<>();
    long live = 0;
    for (int i = 0; i < layers.size(); i++) {
      SimIndex index = layers.get(i).index;
      if (Arrays.stream(index.files()).anyMatch(from::contains)) {
        SimIndex kept = setup.model.merge(List.of(index), retained, base);
        rewritten.put(i, kept);
        for (int k = 0; k < kept.files().length; k++) {
          live += from.contains(kept.files()[k]) ? kept.frames()[k] : 0;
        }
      }
    }
    long bytes = live * PAGE_BYTES;
    packWritten += bytes;
    write(bytes);
    File newest = file((int) group.files().getLast().id());
    File pages = create(nextFile++, newest.last, live, 0);
    rewritten.forEach(
        (position, kept) -> {
          Layer layer = layers.get(position);
          SimIndex moved = setup.model.remap(kept, from, pages.id);
          Layer next = newLayer(layer.first, layer.last, stillRetained(layer), moved);
          use(moved, 1);
          retire(layer);
          layers.set(position, next);
        });
  }

  private void use(SimIndex index, int sign) {
    int[] ids = index.files();
    long[] frames = index.frames();
    for (int i = 0; i < ids.length; i++) {
      file(ids[i]).live += sign * frames[i];
    }
  }

  private File file(int id) {
    return Objects.requireNonNull(filesById.get(id));
  }

  private File create(int id, long last, long body, long metadataBytes) {
    File file = new File(id, last, body, metadataBytes);
    int at = files.size();
    while (at > 0 && files.get(at - 1).last > last) {
      at--;
    }
    files.add(at, file);
    filesById.put(id, file);
    stored += body * PAGE_BYTES + metadataBytes;
    peakBytes = Math.max(peakBytes, stored);
    return file;
  }

  private void dropDead() {
    for (int i = files.size() - 1; i >= 0; i--) {
      File file = files.get(i);
      if (file.live == 0 && !file.isLayer) {
        delete(file);
      }
    }
  }

  private void delete(File file) {
    files.remove(file);
    filesById.remove(file.id);
    stored -= file.body * PAGE_BYTES + file.metadataBytes;
  }

  /** Counts an index as written: 16 bytes a version, 3 a page, 128 a point, a page of header. */
  private long metadata(SimIndex index, long points) {
    long scaled = (128 * points + PAGE_BYTES) * setup.deltaPages / 1024;
    long bytes = 16 * index.versions() + 3 * index.pages() + scaled;
    indexWritten += bytes;
    write(bytes);
    return bytes;
  }

  private void write(long bytes) {
    written += bytes;
  }

  long base() {
    return base;
  }

  long[] retained() {
    return retained.toArray();
  }

  int layers() {
    return layers.size();
  }

  /** Returns the number of live files, the base among them. */
  int files() {
    return 1 + files.size();
  }

  long storedBytes() {
    return stored;
  }

  /** Returns the most bytes that there were during the last maintenance: old files and new ones. */
  long peakBytes() {
    return peakBytes;
  }

  /** Returns bytes written for each byte ingested; the first base image counts on neither side. */
  double writeAmplification() {
    return (double) written / Math.max(1, ingested);
  }

  /** Returns the shares of write amplification: indexes, packs, moves of the base. */
  double[] shares() {
    return new double[] {
      (double) indexWritten / ingested,
      (double) packWritten / ingested,
      (double) baseWritten / ingested
    };
  }
}

package dev.cairn.merge;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Progress;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.file.FileName;
import dev.cairn.store.io.StoreLock;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Keeps one chain small, by policies, as long as something is due: the base moves, layers are
 * rewritten, then merged, then page data is packed. Not thread-safe; several may work on one chain.
 */
public final class Merger {
  /**
   * What was done, or would be. Immutable.
   *
   * @param merged layers that became part of another one
   * @param rewritten layers that were rewritten alone
   * @param packed files that were packed into others
   * @param basesMoved how often the base moved
   * @param writtenBytes of new files
   * @param dropped versions that no retained point sees
   * @param layersBefore above the base
   * @param layersAfter above the base
   */
  public record Report(
      int merged,
      int rewritten,
      int packed,
      int basesMoved,
      long writtenBytes,
      long dropped,
      int layersBefore,
      int layersAfter) {
    /** Tells whether nothing was due. */
    public boolean isEmpty() {
      return merged + rewritten + packed + basesMoved == 0;
    }
  }

  private final Chain chain;
  private final Policies policies;
  private int merged;
  private int rewritten;
  private int packed;
  private int basesMoved;
  private long writtenBytes;
  private long dropped;

  public Merger(Chain chain, Policies policies) {
    this.chain = chain;
    this.policies = policies;
  }

  /** Says what the policies' first steps would be; changes nothing. */
  public Report plan() throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      int layers = snapshot.manifest().layers().size();
      if (snapshot.manifest().tip().isEmpty()) {
        return new Report(0, 0, 0, 0, 0, 0, 0, 0);
      }
      Due due = new Due(snapshot, policies);
      int run = due.merge().map(List::size).orElse(0);
      return new Report(
          run,
          due.rewrite().isPresent() ? 1 : 0,
          due.pack().map(List::size).orElse(0),
          due.base() ? 1 : 0,
          0,
          0,
          layers,
          run == 0 ? layers : layers - run + 1);
    }
  }

  /** Does what is due until nothing is. */
  public Report run() throws IOException {
    int before = chain.manifest().layers().size();
    if (chain.manifest().tip().isPresent()) {
      moveBase();
      while (rewriteOne() || mergeOne()) {
        // Each leaves fewer layers, or fewer points that a layer lists.
      }
      while (packOne()) {
        // Each leaves fewer frames where they were.
      }
    }
    return report(before);
  }

  /** Merges all layers into one, moves the base and packs, if that is due. */
  public Report compact() throws IOException {
    int before = chain.manifest().layers().size();
    if (chain.manifest().tip().isPresent()) {
      moveBase();
      mergeAll();
      while (packOne()) {
        // Each leaves fewer frames where they were.
      }
    }
    return report(before);
  }

  private Report report(int before) throws IOException {
    return new Report(
        merged,
        rewritten,
        packed,
        basesMoved,
        writtenBytes,
        dropped,
        before,
        chain.manifest().layers().size());
  }

  private void moveBase() throws IOException {
    boolean due;
    try (ChainSnapshot snapshot = chain.snapshot()) {
      due = new Due(snapshot, policies).base();
    }
    if (due) {
      writtenBytes += new BaseMover(chain, Progress.NONE).move();
      basesMoved++;
    }
  }

  private boolean rewriteOne() throws IOException {
    try (StoreLock _ = chain.lockMerge();
        ChainSnapshot snapshot = chain.snapshot()) {
      Optional<FileEntry> layer = new Due(snapshot, policies).rewrite();
      if (layer.isPresent()) {
        add(new LayerMerger(chain).merge(snapshot, List.of(layer.get())));
        rewritten++;
      }
      return layer.isPresent();
    }
  }

  private boolean mergeOne() throws IOException {
    try (StoreLock _ = chain.lockMerge();
        ChainSnapshot snapshot = chain.snapshot()) {
      Optional<List<FileEntry>> run = new Due(snapshot, policies).merge();
      if (run.isPresent()) {
        add(new LayerMerger(chain).merge(snapshot, run.get()));
        merged += run.get().size();
      }
      return run.isPresent();
    }
  }

  private void mergeAll() throws IOException {
    try (StoreLock _ = chain.lockMerge();
        ChainSnapshot snapshot = chain.snapshot()) {
      List<FileEntry> layers = snapshot.manifest().layers();
      boolean forgotten = !snapshot.manifest().marks().forgotten().ranges().isEmpty();
      if (layers.size() > 1 || (layers.size() == 1 && forgotten)) {
        add(new LayerMerger(chain).merge(snapshot, layers));
        merged += layers.size();
      }
    }
  }

  private boolean packOne() throws IOException {
    Optional<List<FileName>> files;
    try (ChainSnapshot snapshot = chain.snapshot()) {
      files = new Due(snapshot, policies).pack();
    }
    if (files.isEmpty()) {
      return false;
    }
    Packer.Result result = new Packer(chain).pack(files.get());
    packed += result.files();
    writtenBytes += result.writtenBytes();
    dropped += result.dropped();
    return !result.isEmpty();
  }

  private void add(LayerMerger.Result result) {
    writtenBytes += result.writtenBytes();
    dropped += result.dropped();
  }
}

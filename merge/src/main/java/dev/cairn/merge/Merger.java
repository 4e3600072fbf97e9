package dev.cairn.merge;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.merge.policy.LayerRun;
import dev.cairn.merge.policy.LayerSize;
import dev.cairn.merge.policy.MergePolicy;
import dev.cairn.store.io.StoreLock;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Merges layers of one chain by a policy, as long as something is due. Not thread-safe. */
public final class Merger {
  /**
   * What was done, or would be. Immutable.
   *
   * @param merged layers that became part of another one
   * @param writtenBytes of new files
   * @param dropped versions that no retained point sees
   * @param layersBefore above the base
   * @param layersAfter above the base
   */
  public record Report(
      int merged, long writtenBytes, long dropped, int layersBefore, int layersAfter) {
    private Report plus(int layers, LayerMerger.Result result) {
      return new Report(
          merged + layers,
          writtenBytes + result.writtenBytes(),
          dropped + result.dropped(),
          layersBefore,
          layersAfter - layers + 1);
    }
  }

  private final Chain chain;
  private final MergePolicy policy;

  public Merger(Chain chain, MergePolicy policy) {
    this.chain = chain;
    this.policy = policy;
  }

  /** Says what the policy's first step would be; changes nothing. */
  public Report plan() throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      int layers = snapshot.manifest().layers().size();
      int merged = due(snapshot).map(LayerRun::size).orElse(0);
      return new Report(merged, 0, 0, layers, merged == 0 ? layers : layers - merged + 1);
    }
  }

  /** Merges until the policy finds nothing due. */
  public Report run() throws IOException {
    try (StoreLock _ = chain.lockMerge()) {
      Report report = nothing();
      while (true) {
        try (ChainSnapshot snapshot = chain.snapshot()) {
          Optional<LayerRun> run = due(snapshot);
          if (run.isEmpty()) {
            return report;
          }
          List<FileEntry> layers = run.get().of(snapshot.manifest().layers());
          report = report.plus(layers.size(), new LayerMerger(chain).merge(snapshot, layers));
        }
      }
    }
  }

  /** Merges all layers into one; a single one is rewritten if some of its points are forgotten. */
  public Report compact() throws IOException {
    try (StoreLock _ = chain.lockMerge();
        ChainSnapshot snapshot = chain.snapshot()) {
      List<FileEntry> layers = snapshot.manifest().layers();
      Report report = nothing();
      boolean forgotten = !snapshot.manifest().marks().forgotten().ranges().isEmpty();
      boolean due = layers.size() > 1 || (layers.size() == 1 && forgotten);
      return due
          ? report.plus(layers.size(), new LayerMerger(chain).merge(snapshot, layers))
          : report;
    }
  }

  private Report nothing() throws IOException {
    int layers = chain.manifest().layers().size();
    return new Report(0, 0, 0, layers, layers);
  }

  private Optional<LayerRun> due(ChainSnapshot snapshot) {
    return policy.next(
        snapshot.manifest().layers().stream()
            .map(entry -> new LayerSize(snapshot.file(entry).directory().versionCount()))
            .toList());
  }
}

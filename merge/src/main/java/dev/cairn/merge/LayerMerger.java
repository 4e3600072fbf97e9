package dev.cairn.merge;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Progress;
import dev.cairn.chain.manifest.FileEntry;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Rewrites a run of neighbouring layers as one. An append made meanwhile is kept. The caller holds
 * MERGE.lock. Not thread-safe.
 */
public final class LayerMerger {
  /**
   * What a merge did. Immutable.
   *
   * @param versions kept
   * @param dropped versions that no retained point sees
   * @param writtenBytes length of the new file
   */
  public record Result(long versions, long dropped, long writtenBytes) {}

  private final Chain chain;
  private final Progress progress;

  public LayerMerger(Chain chain) {
    this(chain, Progress.NONE);
  }

  /**
   * @param progress is told of bytes of indexes
   */
  public LayerMerger(Chain chain, Progress progress) {
    this.chain = chain;
    this.progress = progress;
  }

  /**
   * Merges a run of layers and publishes the result; a run of one is rewritten alone.
   *
   * @param run neighbouring layers of the snapshot, from old to new
   * @throws dev.cairn.store.BusyException if somebody else replaced one of them meanwhile
   */
  public Result merge(ChainSnapshot snapshot, List<FileEntry> run) throws IOException {
    try (LayerRewriter rewriter = new LayerRewriter(chain, snapshot, run, Optional.empty())) {
      LayerRewriter.Rewritten layer = rewriter.write(progress);
      chain.commit(
          List.of(new Edit.Replace(List.of(layer.replacement()), List.of(), layer.drawn())),
          List.of(layer.name()));
      return new Result(layer.versions(), layer.dropped(), layer.file().length());
    }
  }
}

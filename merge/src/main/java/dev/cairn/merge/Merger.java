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
 * rewritten, then merged, then page data is packed. One may do so again and again. Not thread-safe;
 * several may work on one chain.
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
  private final Progress progress;
  private final BaseWatch base;

  public Merger(Chain chain, Policies policies) {
    this(chain, policies, Progress.NONE);
  }

  /**
   * @param progress is told of each step by itself: bytes of the base, of indexes, of frames
   */
  public Merger(Chain chain, Policies policies, Progress progress) {
    this.chain = chain;
    this.policies = policies;
    this.progress = progress;
    this.base = new BaseWatch(policies.base());
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
          base.isDue(snapshot) ? 1 : 0,
          0,
          0,
          layers,
          run == 0 ? layers : layers - run + 1);
    }
  }

  /** Does what is due until nothing is. */
  public Report run() throws IOException {
    Work work = new Work(chain.manifest().layers().size());
    if (chain.manifest().tip().isPresent()) {
      work.moveBase();
      while (work.rewriteOne() || work.mergeOne()) {
        // Each leaves fewer layers, or fewer points that a layer lists.
      }
      work.packAll();
    }
    return work.report();
  }

  /**
   * Merges all layers into one, moves the base and packs, if that is due. Where the policies name a
   * codec, all page data is packed that can be, so that all of it is stored so.
   */
  public Report compact() throws IOException {
    Work work = new Work(chain.manifest().layers().size());
    if (chain.manifest().tip().isPresent()) {
      work.moveBase();
      work.mergeAll();
      if (policies.codec().isPresent()) {
        work.packEverything();
      }
      work.packAll();
    }
    return work.report();
  }

  /** One round, and what it did so far. */
  private final class Work {
    private final int layersBefore;
    private int merged;
    private int rewritten;
    private int packed;
    private int basesMoved;
    private long writtenBytes;
    private long dropped;

    Work(int layersBefore) {
      this.layersBefore = layersBefore;
    }

    Report report() throws IOException {
      return new Report(
          merged,
          rewritten,
          packed,
          basesMoved,
          writtenBytes,
          dropped,
          layersBefore,
          chain.manifest().layers().size());
    }

    void moveBase() throws IOException {
      boolean due;
      try (ChainSnapshot snapshot = chain.snapshot()) {
        due = base.isDue(snapshot);
      }
      if (due) {
        writtenBytes += new BaseMover(chain, progress).move();
        basesMoved++;
      }
    }

    boolean rewriteOne() throws IOException {
      try (StoreLock _ = chain.lockMerge();
          ChainSnapshot snapshot = chain.snapshot()) {
        Optional<FileEntry> layer = new Due(snapshot, policies).rewrite();
        if (layer.isPresent()) {
          merge(snapshot, List.of(layer.get()));
        }
        return layer.isPresent();
      }
    }

    boolean mergeOne() throws IOException {
      try (StoreLock _ = chain.lockMerge();
          ChainSnapshot snapshot = chain.snapshot()) {
        Optional<List<FileEntry>> run = new Due(snapshot, policies).merge();
        if (run.isPresent()) {
          merge(snapshot, run.get());
        }
        return run.isPresent();
      }
    }

    void mergeAll() throws IOException {
      try (StoreLock _ = chain.lockMerge();
          ChainSnapshot snapshot = chain.snapshot()) {
        Due due = new Due(snapshot, policies);
        for (List<FileEntry> run : due.compact()) {
          if (run.size() > 1 || due.listsForgotten(run.getFirst())) {
            merge(snapshot, run);
          }
        }
      }
    }

    private void merge(ChainSnapshot snapshot, List<FileEntry> run) throws IOException {
      LayerMerger.Result result = new LayerMerger(chain, progress).merge(snapshot, run);
      if (run.size() == 1) {
        rewritten++;
      } else {
        merged += run.size();
      }
      writtenBytes += result.writtenBytes();
      dropped += result.dropped();
    }

    void packAll() throws IOException {
      Packer.Result result;
      do {
        Optional<List<FileName>> files;
        try (ChainSnapshot snapshot = chain.snapshot()) {
          files = new Due(snapshot, policies).pack();
        }
        if (files.isEmpty()) {
          return;
        }
        result = pack(files.get());
      } while (!result.isEmpty()); // each leaves fewer frames where they were
    }

    void packEverything() throws IOException {
      List<FileName> left;
      try (ChainSnapshot snapshot = chain.snapshot()) {
        left = new Due(snapshot, policies).packable();
      }
      while (!left.isEmpty() && !pack(left).isEmpty()) {
        List<FileName> there =
            chain.manifest().files(FileEntry.Role.DATA).stream().map(FileEntry::name).toList();
        left = left.stream().filter(there::contains).toList();
      }
    }

    private Packer.Result pack(List<FileName> files) throws IOException {
      Packer.Result result = new Packer(chain, progress, policies.codec()).pack(files);
      packed += result.files();
      writtenBytes += result.writtenBytes();
      dropped += result.dropped();
      return result;
    }
  }
}

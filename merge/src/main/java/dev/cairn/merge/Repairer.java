package dev.cairn.merge;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Damage;
import dev.cairn.chain.Examiner;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Progress;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.FileName;
import dev.cairn.store.io.StoreLock;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Brings a damaged chain back to its newest intact point. Damaged files stay in {@code damaged/};
 * what is intact in them is copied into new ones, so that the chain verifies clean. Not
 * thread-safe.
 */
public final class Repairer {
  private final Chain chain;
  private final Progress progress;

  public Repairer(Chain chain) {
    this(chain, Progress.NONE);
  }

  /**
   * @param progress is told of each step by itself: bytes examined, of indexes, of the base, of
   *     frames
   */
  public Repairer(Chain chain, Progress progress) {
    this.chain = chain;
    this.progress = progress;
  }

  /**
   * Says what a repair would do; changes nothing.
   *
   * @param findings is told of all damage
   * @return empty if no file of the chain is damaged, be it that MANIFEST is
   * @throws CorruptFileException if no restore point is intact, or an older MANIFEST was put back
   */
  public Optional<Damage> examine(Consumer<Finding> findings) throws IOException {
    List<Finding> older = chain.rollback();
    if (!older.isEmpty()) {
      older.forEach(findings);
      Finding first = older.getFirst();
      throw new CorruptFileException(
          chain.directory().path() + "/" + first.file(),
          first.what(),
          first.offset(),
          first.expected(),
          first.actual() + "; " + Chain.rollbackAdvice(chain.name()));
    }
    try (Examiner examiner = new Examiner(chain, findings)) {
      return examiner.run(progress);
    }
  }

  /**
   * Repairs what {@link #examine} found. If it fails half-way, examine and repair again.
   *
   * <p>A lost MANIFEST is to be restored first: see {@link Chain#restoreManifest}.
   *
   * @throws dev.cairn.store.BusyException if the chain changed since; nothing was changed here
   */
  public void repair(Damage damage) throws IOException {
    try (StoreLock _ = chain.lockMerge()) {
      chain.repair(damage);
      try (ChainSnapshot snapshot = chain.snapshot()) {
        List<FileEntry> layers = snapshot.manifest().layers();
        if (!layers.isEmpty()) {
          // Afterwards every version is seen by a retained point: and those are intact.
          new LayerMerger(chain, progress).merge(snapshot, layers);
        }
      }
    }
    FileEntry base = chain.manifest().base().orElseThrow();
    if (damage.tainted().contains(base.name())) {
      new BaseMover(chain, progress).move();
    }
    List<FileName> data = tainted(damage);
    while (!data.isEmpty() && !new Packer(chain, progress).pack(data).isEmpty()) {
      data = tainted(damage);
    }
  }

  private List<FileName> tainted(Damage damage) throws IOException {
    return chain.manifest().files(FileEntry.Role.DATA).stream()
        .map(FileEntry::name)
        .filter(damage.tainted()::contains)
        .toList();
  }
}

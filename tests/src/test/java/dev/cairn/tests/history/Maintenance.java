package dev.cairn.tests.history;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Progress;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.merge.BaseMover;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Packer;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.tests.SmallPolicies;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** What rewrites files in the background. No retained point may change by it. */
final class Maintenance {
  private Maintenance() {}

  /** All policies, once. */
  static void merge(Chain chain) throws IOException {
    new Merger(chain, SmallPolicies.ALL).run();
  }

  static void compact(Chain chain) throws IOException {
    new Merger(chain, SmallPolicies.ALL).compact();
  }

  /**
   * Packs all data files, whatever the policy says: now as they are, now as differences, now as
   * whole pages, by the chain's own number, so that a history is the same each time.
   */
  static void pack(Chain chain) throws IOException {
    List<FileName> data =
        chain.manifest().files(FileEntry.Role.DATA).stream().map(FileEntry::name).toList();
    if (!data.isEmpty()) {
      Optional<FrameCodec> codec =
          switch ((int) (chain.manifest().next() % 4)) {
            case 0, 1 -> Optional.of(FrameCodec.ZSTD_DIFFERENCE);
            case 2 -> Optional.of(FrameCodec.ZSTD);
            default -> Optional.empty();
          };
      new Packer(chain, Progress.NONE, codec).pack(data);
    }
  }

  /** Moves the base up to the oldest retained point, whatever the policy says. */
  static void moveBase(Chain chain) throws IOException {
    if (chain.manifest().base().isPresent()) {
      new BaseMover(chain, Progress.NONE).move();
    }
  }
}

package dev.cairn.tests.history;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Progress;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.merge.BaseMover;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Packer;
import dev.cairn.merge.Policies;
import dev.cairn.merge.policy.BasePolicy;
import dev.cairn.merge.policy.MergePolicy;
import dev.cairn.merge.policy.PackPolicy;
import dev.cairn.merge.policy.RewritePolicy;
import dev.cairn.store.file.FileName;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;

/** What rewrites files in the background. No retained point may change by it. */
final class Maintenance {
  /**
   * For small chains: a floor of one version, so that there are layers of all sizes, and few small
   * files are enough to pack.
   */
  private static final Policies POLICIES =
      new Policies(
          new BasePolicy(),
          new RewritePolicy(),
          new MergePolicy(2, OptionalLong.empty(), 1),
          new PackPolicy(4096, 4, 0, 2));

  private Maintenance() {}

  /** All policies, once. */
  static void merge(Chain chain) throws IOException {
    new Merger(chain, POLICIES).run();
  }

  static void compact(Chain chain) throws IOException {
    new Merger(chain, POLICIES).compact();
  }

  /** Packs all data files, whatever the policy says. */
  static void pack(Chain chain) throws IOException {
    List<FileName> data =
        chain.manifest().files(FileEntry.Role.DATA).stream().map(FileEntry::name).toList();
    if (!data.isEmpty()) {
      new Packer(chain).pack(data);
    }
  }

  /** Moves the base up to the oldest retained point, whatever the policy says. */
  static void moveBase(Chain chain) throws IOException {
    if (chain.manifest().base().isPresent()) {
      new BaseMover(chain, Progress.NONE).move();
    }
  }
}

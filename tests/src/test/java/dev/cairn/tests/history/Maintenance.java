package dev.cairn.tests.history;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Progress;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.merge.BaseMover;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Packer;
import dev.cairn.store.file.FileName;
import dev.cairn.tests.SmallPolicies;
import java.io.IOException;
import java.util.List;

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

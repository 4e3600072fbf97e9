package dev.cairn.tests.history;

import dev.cairn.chain.Chain;
import dev.cairn.merge.Merger;
import dev.cairn.merge.policy.MergePolicy;
import java.io.IOException;
import java.util.OptionalLong;

/**
 * THE HOOK for what rewrites files in the background: histories call nothing else for it. An
 * implementation may do more or less than it is asked for; no retained point may change.
 */
interface Maintenance {
  /** What there is today: packing and moving the base are the merge policy. */
  Maintenance MERGER =
      new Maintenance() {
        // A floor of one version: the histories are small, and shall have layers of all sizes.
        private final MergePolicy policy = new MergePolicy(2, OptionalLong.empty(), 1);

        @Override
        public void merge(Chain chain) throws IOException {
          new Merger(chain, policy).run();
        }

        @Override
        public void compact(Chain chain) throws IOException {
          new Merger(chain, policy).compact();
        }

        @Override
        public void pack(Chain chain) throws IOException {
          merge(chain);
        }

        @Override
        public void moveBase(Chain chain) throws IOException {
          merge(chain);
        }
      };

  void merge(Chain chain) throws IOException;

  void compact(Chain chain) throws IOException;

  void pack(Chain chain) throws IOException;

  void moveBase(Chain chain) throws IOException;
}

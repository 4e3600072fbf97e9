package dev.cairn.tests;

import dev.cairn.merge.Policies;
import dev.cairn.merge.policy.BasePolicy;
import dev.cairn.merge.policy.MergePolicy;
import dev.cairn.merge.policy.PackPolicy;
import dev.cairn.merge.policy.RewritePolicy;
import java.util.OptionalLong;

/**
 * Policies for small chains: a floor of one version, so that there are layers of all sizes, and few
 * small files are enough to pack. Each has something to do after a few checkpoints.
 */
public final class SmallPolicies {
  public static final Policies ALL =
      new Policies(
          new BasePolicy(),
          new RewritePolicy(),
          new MergePolicy(2, OptionalLong.empty(), 1),
          new PackPolicy(4096, 4, 0, 2));

  private SmallPolicies() {}
}

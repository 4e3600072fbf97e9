package dev.cairn.merge;

import dev.cairn.merge.policy.BasePolicy;
import dev.cairn.merge.policy.MergePolicy;
import dev.cairn.merge.policy.PackPolicy;
import dev.cairn.merge.policy.RewritePolicy;

/**
 * What keeps a chain small: one decision each. Immutable.
 *
 * @param base when the base image moves forward
 * @param rewrite which layers are rewritten alone
 * @param merge which layers become one
 * @param pack which files' page data is copied into one
 */
public record Policies(BasePolicy base, RewritePolicy rewrite, MergePolicy merge, PackPolicy pack) {
  /** The policies of the design, as simulated. */
  public static final Policies DEFAULT =
      new Policies(new BasePolicy(), new RewritePolicy(), MergePolicy.DEFAULT, PackPolicy.DEFAULT);

  /** Returns the same with another merge policy. */
  public Policies with(MergePolicy other) {
    return new Policies(base, rewrite, other, pack);
  }
}

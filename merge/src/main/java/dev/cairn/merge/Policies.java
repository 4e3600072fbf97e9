package dev.cairn.merge;

import dev.cairn.merge.policy.BasePolicy;
import dev.cairn.merge.policy.MergePolicy;
import dev.cairn.merge.policy.PackPolicy;
import dev.cairn.merge.policy.RewritePolicy;
import dev.cairn.store.file.FrameCodec;
import java.util.Optional;

/**
 * What keeps a chain small: one decision each. Immutable.
 *
 * @param base when the base image moves forward
 * @param rewrite which layers are rewritten alone
 * @param merge which layers become one
 * @param pack which files' page data is copied into one
 * @param codec how the copied page data is stored; empty: as it is, see {@link Packer}
 */
public record Policies(
    BasePolicy base,
    RewritePolicy rewrite,
    MergePolicy merge,
    PackPolicy pack,
    Optional<FrameCodec> codec) {
  /** The policies of the design, as simulated. */
  public static final Policies DEFAULT =
      new Policies(new BasePolicy(), new RewritePolicy(), MergePolicy.DEFAULT, PackPolicy.DEFAULT);

  /** Makes policies by which page data stays as it is. */
  public Policies(BasePolicy base, RewritePolicy rewrite, MergePolicy merge, PackPolicy pack) {
    this(base, rewrite, merge, pack, Optional.empty());
  }

  /**
   * Returns the design's policies for a chain whose checkpoints are written by a codec: of that of
   * differences, it is the packs that make these.
   */
  public static Policies of(FrameCodec codec) {
    return codec == FrameCodec.ZSTD_DIFFERENCE ? DEFAULT.with(Optional.of(codec)) : DEFAULT;
  }

  /** Returns the same with another merge policy. */
  public Policies with(MergePolicy other) {
    return new Policies(base, rewrite, other, pack, codec);
  }

  /** Returns the same with another codec of what is packed. */
  public Policies with(Optional<FrameCodec> other) {
    return new Policies(base, rewrite, merge, pack, other);
  }
}

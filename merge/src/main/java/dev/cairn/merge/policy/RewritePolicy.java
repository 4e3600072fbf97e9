package dev.cairn.merge.policy;

/**
 * Says which layers to rewrite alone, so that what only forgotten points saw is let go: those of
 * which half of the listed points are forgotten. A rewritten layer lists retained points only, so
 * each point pays for at most two rewrites of itself. Immutable.
 */
public record RewritePolicy() {
  /** Tells whether a layer is due. */
  public boolean isDue(LayerPoints layer) {
    return layer.forgotten() > 0 && layer.forgotten() >= layer.retained();
  }
}

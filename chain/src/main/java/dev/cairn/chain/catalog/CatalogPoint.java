package dev.cairn.chain.catalog;

import java.time.Instant;
import java.util.Comparator;

/**
 * A restore point as the catalog knows it. Immutable.
 *
 * @param time the writer's clock
 * @param chain name of the chain
 * @param checkpoint its number in the chain
 * @param label empty for none
 * @param pages page versions that the checkpoint brought
 * @param bytes of frames that it brought, device state included
 */
public record CatalogPoint(
    Instant time, String chain, long checkpoint, String label, long pages, long bytes) {
  /** By time, then chain, then number: the order of every answer. */
  public static final Comparator<CatalogPoint> ORDER =
      Comparator.comparing(CatalogPoint::time)
          .thenComparing(CatalogPoint::chain)
          .thenComparingLong(CatalogPoint::checkpoint);
}

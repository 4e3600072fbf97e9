package dev.cairn.transport.serve;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot.RestorePoint;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.StoreException;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What each chain of a store has, looked at again and again: index files are opened only where the
 * manifest is another one. Thread-safe.
 */
public final class ChainGauges {
  /**
   * One chain as it is now. Immutable.
   *
   * @param newest when the newest restore point was made, by the clock of who made it; it is
   *     durable. Empty where there is none
   * @param points how many restore points there are
   * @param layers how many layers
   * @param holds how many holds
   */
  public record Gauge(String chain, Optional<Instant> newest, int points, int layers, int holds) {}

  private record Seen(Manifest manifest, Gauge gauge) {}

  private final Store store;
  private final Map<String, Seen> seen = new HashMap<>(); // guarded by this

  /** Makes gauges that have seen nothing yet. The store outlives them. */
  public ChainGauges(Store store) {
    this.store = store;
  }

  /** Looks at all chains; leaves out those that cannot be read, which {@code verify} tells of. */
  public synchronized List<Gauge> read() throws IOException {
    List<String> names = store.chainNames();
    seen.keySet().retainAll(names);
    List<Gauge> gauges = new ArrayList<>();
    for (String name : names) {
      try {
        gauges.add(read(name));
      } catch (StoreException e) {
        seen.remove(name);
      }
    }
    return gauges;
  }

  private Gauge read(String name) throws IOException {
    try (Chain chain = store.open(name)) {
      Manifest manifest = chain.manifest();
      Seen before = seen.get(name);
      if (before != null && before.manifest().equals(manifest)) {
        return before.gauge();
      }
      List<RestorePoint> points = chain.restorePoints();
      Gauge gauge =
          new Gauge(
              name,
              points.isEmpty() ? Optional.empty() : Optional.of(points.getLast().point().time()),
              points.size(),
              manifest.layers().size(),
              manifest.marks().holds().size());
      seen.put(name, new Seen(manifest, gauge));
      return gauge;
    }
  }
}

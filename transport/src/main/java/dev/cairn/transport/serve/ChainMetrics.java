package dev.cairn.transport.serve;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/** What those who watch a store are told of its chains. Thread-safe. */
public final class ChainMetrics {
  /** The metric that comes first: what would be lost if the machine were lost now. */
  public static final String AGE = "cairn_newest_durable_point_age_seconds";

  private final ChainGauges chains;
  private final Clock clock;

  /** Makes one. */
  public ChainMetrics(ChainGauges chains, Clock clock) {
    this.chains = chains;
    this.clock = clock;
  }

  /** Adds all of it to a text. */
  public void addTo(Exposition text) throws IOException {
    List<ChainGauges.Gauge> gauges = chains.read();
    text.gauge(AGE, "Seconds since the newest restore point that is durable in this store.");
    for (ChainGauges.Gauge gauge : gauges) {
      gauge
          .newest()
          .ifPresent(
              time ->
                  text.value(
                      AGE,
                      "chain",
                      gauge.chain(),
                      Duration.between(time, clock.instant()).toMillis() / 1e3));
    }
    text.gauge("cairn_points", "Restore points.");
    gauges.forEach(g -> text.value("cairn_points", "chain", g.chain(), g.points()));
    text.gauge("cairn_layers", "Layers.");
    gauges.forEach(g -> text.value("cairn_layers", "chain", g.chain(), g.layers()));
    text.gauge("cairn_holds", "Holds, which keep files from being deleted.");
    gauges.forEach(g -> text.value("cairn_holds", "chain", g.chain(), g.holds()));
  }
}

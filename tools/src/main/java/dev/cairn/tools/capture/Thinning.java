package dev.cairn.tools.capture;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Edit;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.chain.retention.RetentionPlan;
import dev.cairn.chain.retention.RetentionPoint;
import dev.cairn.chain.retention.RetentionPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Lets points go that no rule keeps, while a capture goes on: at most once a second, as each time
 * all points are looked at. A failure is told, and the next time is soon. Not thread-safe.
 */
final class Thinning {
  private static final long EVERY_NANOS = Duration.ofSeconds(1).toNanos();

  private final Chain chain;
  private final RetentionPolicy policy;
  private final Consumer<String> warnings;
  private final LongSupplier nanoTime;
  private long next;

  /**
   * @param policy with empty rules all points are kept
   * @param nanoTime a clock such as {@link System#nanoTime}
   */
  Thinning(Chain chain, RetentionPolicy policy, Consumer<String> warnings, LongSupplier nanoTime) {
    this.chain = chain;
    this.policy = policy;
    this.warnings = warnings;
    this.nanoTime = nanoTime;
    this.next = nanoTime.getAsLong();
  }

  /** Thins the chain out if it is time. */
  void thin() {
    if (!policy.rules().isEmpty() && nanoTime.getAsLong() - next >= 0) {
      next = nanoTime.getAsLong() + EVERY_NANOS;
      now();
    }
  }

  /** Thins the chain out. */
  void now() {
    if (policy.rules().isEmpty()) {
      return;
    }
    try {
      RetentionPlan plan = policy.plan(points());
      if (!plan.forgotten().isEmpty()) {
        PointSet gone =
            PointSet.EMPTY.union(
                plan.forgotten().stream()
                    .map(p -> new PointSet.Range(p.checkpoint(), p.checkpoint()))
                    .toList());
        chain.commit(List.of(new Edit.Forget(gone)), List.of());
      }
    } catch (IOException e) {
      warnings.accept(
          "points that no rule keeps are still there: "
              + Faults.message(e)
              + "; to let them go by hand: cairn forget");
    }
  }

  private List<RetentionPoint> points() throws IOException {
    return chain.restorePoints().stream()
        .map(
            p ->
                new RetentionPoint(
                    p.checkpoint(), p.point().time(), p.label(), p.pinned(), p.held()))
        .toList();
  }
}

package dev.cairn.tools.uffd;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What was done for VMs, by this server. Thread-safe. */
final class VmTally {
  private final FaultTimes times = new FaultTimes();
  private final LongAdder pages = new LongAdder();
  private final LongAdder zeroPages = new LongAdder();
  private final LongAdder prefilled = new LongAdder();
  private final LongAdder removed = new LongAdder();
  private final LongAdder stuck = new LongAdder();

  /** A fault was answered. */
  void fault(long nanos, boolean zero) {
    times.add(nanos);
    (zero ? zeroPages : pages).increment();
  }

  /** Units were given that nobody had waited for. */
  void prefilled(long count, boolean zero) {
    prefilled.add(count);
    (zero ? zeroPages : pages).add(count);
  }

  void removed(long units) {
    removed.add(units);
  }

  /** A fault cannot be answered: what it wants is damaged. */
  void stuck() {
    stuck.increment();
  }

  long stuckCount() {
    return stuck.sum();
  }

  void add(VmTally other) {
    times.add(other.times);
    pages.add(other.pages.sum());
    zeroPages.add(other.zeroPages.sum());
    prefilled.add(other.prefilled.sum());
    removed.add(other.removed.sum());
    stuck.add(other.stuck.sum());
  }

  /** Returns it in words. */
  String text() {
    return String.format(
        Locale.ROOT,
        "%d faults%s; %d pages and %d of zeros given, %d of them ahead; %d removed%s",
        times.count(),
        times.count() == 0
            ? ""
            : " (p50 below %d µs, p99 below %d µs)".formatted(times.below(0.5), times.below(0.99)),
        pages.sum(),
        zeroPages.sum(),
        prefilled.sum(),
        removed.sum(),
        stuck.sum() == 0 ? "" : "; " + stuck.sum() + " faults UNANSWERED");
  }

  /** Returns it for machines. */
  Map<String, Object> json() {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("faults", times.count());
    row.put("p50Micros", times.below(0.5));
    row.put("p99Micros", times.below(0.99));
    row.put("faultMicros", times.buckets());
    row.put("pages", pages.sum());
    row.put("zeroPages", zeroPages.sum());
    row.put("prefilledPages", prefilled.sum());
    row.put("removedPages", removed.sum());
    row.put("unanswered", stuck.sum());
    return row;
  }
}

package dev.cairn.tools.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * How long faults took by each way: percentiles, and how many took how long. Immutable.
 *
 * @param idle of each way, while nothing else was on its way
 * @param beside of each way, beside bulk
 */
record FaultTable(List<PageWay> ways, List<Standstills> idle, List<Standstills> beside) {
  private static final int COLUMN = 8;

  /** Returns the table. */
  List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    rows.add(line("faults, µs", List.of("p50", "p99", "p99.9")));
    each((name, times) -> rows.add(line(name, percentiles(times))));
    TreeSet<Long> bounds = new TreeSet<>();
    each((_, times) -> bounds.addAll(times.buckets().keySet()));
    rows.add(line("faults below so many µs", bounds.stream().map(String::valueOf).toList()));
    each((name, times) -> rows.add(line(name, counts(bounds, times.buckets()))));
    return rows;
  }

  private interface Taker {
    void take(String name, Standstills times);
  }

  private void each(Taker taker) {
    for (int way = 0; way < ways.size(); way++) {
      taker.take("  " + ways.get(way).name(), idle.get(way));
    }
    for (int way = 0; way < ways.size(); way++) {
      taker.take("  " + ways.get(way).name() + ", beside bulk", beside.get(way));
    }
  }

  private static List<String> percentiles(Standstills times) {
    return List.of(micros(times, 0.5), micros(times, 0.99), micros(times, 0.999));
  }

  private static String micros(Standstills times, double fraction) {
    return String.format(Locale.ROOT, "%.1f", times.micros(fraction));
  }

  private static List<String> counts(TreeSet<Long> bounds, Map<Long, Long> buckets) {
    return bounds.stream()
        .map(bound -> buckets.getOrDefault(bound, 0L))
        .map(count -> count == 0 ? "." : count.toString())
        .toList();
  }

  private static Row line(String what, List<String> values) {
    return Row.note(
        what,
        values.stream()
            .map(value -> String.format(Locale.ROOT, "%" + COLUMN + "s", value))
            .collect(Collectors.joining()));
  }
}

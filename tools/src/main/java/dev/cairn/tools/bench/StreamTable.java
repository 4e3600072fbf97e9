package dev.cairn.tools.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What was measured of streams, link by link, beside what its users measured themselves; and who
 * wins. Not thread-safe.
 */
final class StreamTable {
  /** What is nearer to the fastest is as fast: two runs on one machine differ by so much. */
  private static final double ALIKE = 0.95;

  private static final double BITS = 8e-9;

  /** The users' own comparison, on a card of 100 Gbit/s; where there is a range, its middle. */
  private static final List<Integer> PUBLISHED_STREAMS = List.of(1, 2, 4, 8);

  private static final double[] PUBLISHED_TCP = {45, 76, 89, 89};
  private static final double[] PUBLISHED_RSOCKET = {33.5, 65, 97, 95};

  private final List<Integer> streams;

  /** Bytes a second, for each number of streams. */
  private final Map<String, double[]> rates = new LinkedHashMap<>();

  /** CPU seconds for each GiB, and system calls for each MiB: both sides'; NaN is not known. */
  private final Map<String, double[]> cpu = new LinkedHashMap<>();

  private final Map<String, double[]> calls = new LinkedHashMap<>();

  private double[] peer = new double[0];

  StreamTable(List<Integer> streams) {
    this.streams = List.copyOf(streams);
  }

  /** Takes what a link does, bytes a second. */
  void put(String link, int ofStreams, double rate) {
    rates.computeIfAbsent(link, _ -> new double[streams.size()])[streams.indexOf(ofStreams)] = rate;
  }

  /** Takes what a link costs. */
  void putCost(String link, int ofStreams, Meter.Cost cost) {
    put(cpu, link, ofStreams, cost.cpuSeconds());
    put(calls, link, ofStreams, cost.calls());
  }

  private void put(Map<String, double[]> into, String link, int ofStreams, double value) {
    into.computeIfAbsent(link, _ -> new double[streams.size()])[streams.indexOf(ofStreams)] = value;
  }

  /** Takes what iperf3 does, bytes a second. */
  void putPeer(int ofStreams, double rate) {
    if (peer.length == 0) {
      peer = new double[streams.size()];
    }
    peer[streams.indexOf(ofStreams)] = rate;
  }

  /** Returns the table. */
  List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    rows.add(line("Gbit/s by streams", streams.stream().map(n -> n + "").toList()));
    rates.forEach((link, its) -> rows.add(line("  " + link, bits(its))));
    if (peer.length > 0) {
      rows.add(line("  iperf3 over TCP, of the same minute", bits(peer)));
    }
    addCosts(rows, "CPU seconds a GiB, both sides", cpu);
    addCosts(rows, "system calls a MiB, both sides", calls);
    rows.add(line("published, 100 G card, by streams", List.of("1", "2", "4", "8")));
    rows.add(line("  iperf over TCP", List.of("45", "76", "89", "89")));
    rows.add(line("  rsocket", List.of("32-35", "63-67", "97", "95")));
    rows.add(Row.note("here: " + winners(streams, rates), ""));
    Map<String, double[]> published = new LinkedHashMap<>();
    published.put("TCP", PUBLISHED_TCP);
    published.put("rsocket", PUBLISHED_RSOCKET);
    rows.add(Row.note("there: " + winners(PUBLISHED_STREAMS, published), ""));
    return rows;
  }

  private void addCosts(List<Row> rows, String what, Map<String, double[]> costs) {
    if (costs.values().stream().flatMapToDouble(Arrays::stream).allMatch(Double::isNaN)) {
      return;
    }
    rows.add(line(what, streams.stream().map(n -> n + "").toList()));
    costs.forEach(
        (link, its) ->
            rows.add(
                line(
                    "  " + link,
                    Arrays.stream(its)
                        .mapToObj(value -> String.format(Locale.ROOT, "%.1f", value))
                        .toList())));
  }

  private static List<String> bits(double[] rates) {
    List<String> shown = new ArrayList<>();
    for (double rate : rates) {
      shown.add(String.format(Locale.ROOT, "%.1f", rate * BITS));
    }
    return shown;
  }

  private static Row line(String what, List<String> values) {
    return Row.note(
        what,
        values.stream()
            .map(value -> String.format(Locale.ROOT, "%7s", value))
            .collect(Collectors.joining()));
  }

  /** Says from how many streams on which link wins. */
  static String winners(List<Integer> streams, Map<String, double[]> rates) {
    if (rates.isEmpty()) {
      return "nothing was measured";
    }
    StringBuilder text = new StringBuilder();
    String before = "";
    for (int i = 0; i < streams.size(); i++) {
      String best = best(rates, i);
      if (!best.equals(before)) {
        text.append(before.isEmpty() ? "" : ", ")
            .append("from ")
            .append(streams.get(i))
            .append(streams.get(i) == 1 ? " stream on " : " streams on ")
            .append(best);
        before = best;
      }
    }
    return text.toString();
  }

  private static String best(Map<String, double[]> rates, int at) {
    double most = rates.values().stream().mapToDouble(its -> its[at]).max().orElse(0);
    List<String> best =
        rates.entrySet().stream()
            .filter(entry -> entry.getValue()[at] >= ALIKE * most)
            .map(entry -> Objects.requireNonNull(entry.getKey()))
            .toList();
    return best.size() == 1 ? best.getFirst() + " wins" : String.join(" and ", best) + " are alike";
  }
}

package dev.cairn.tools.bench;

import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.Versions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Measures how fast a chain's file comes from a {@code cairn serve} of another process, over each
 * link and by several streams, next to iperf3. The file lies in memory: no disk is measured.
 */
public final class StreamBench implements Bench {
  private static final int PAGES = 64 << 8; // 64 MiB
  private static final double BAR = 0.9;

  @Override
  public String name() {
    return "stream";
  }

  @Override
  public void run(Workbench bench, Rows rows) throws IOException {
    StreamPlan plan = bench.streamPlan();
    List<StreamPlan.Link> links = new ArrayList<>();
    for (StreamPlan.Link link : plan.links()) {
      Optional<String> missing = link.missing();
      missing.ifPresent(why -> rows.add(Row.note("stream " + link.word(), why)));
      if (missing.isEmpty()) {
        links.add(link);
      }
    }
    StreamTable table = new StreamTable(plan.streams());
    if (!links.isEmpty()) {
      measure(bench, plan, links, table, rows);
    }
    table.rows().forEach(rows::add);
  }

  private static void measure(
      Workbench bench, StreamPlan plan, List<StreamPlan.Link> links, StreamTable table, Rows rows)
      throws IOException {
    boolean hasPeer = Iperf3.isHere();
    if (!hasPeer) {
      rows.add(Row.note("stream iperf3", "not measured: it is not installed"));
    }
    try (Workbench memory = bench.inMemory();
        ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory())) {
      StreamClient.File file = MadePoint.make(memory, PAGES).file();
      int seconds = plan.seconds().orElse(bench.pick(1, 3));
      Results results = new Results(table, rows, seconds, new HashMap<>());
      List<StreamPlan.Link> own = new ArrayList<>(links);
      boolean rsockets = own.remove(StreamPlan.Link.RSOCKET);
      try (StreamServer server = StreamServer.start(memory, memory.file("store"), own)) {
        List<Long> both = List.of(ProcessHandle.current().pid(), server.pid());
        StreamCell cell = new StreamCell(file, timer, warmSeconds(bench), both);
        for (StreamPlan.Link link : own) {
          cell.warm(endpoint(server, link), client(server, link, 1));
        }
        for (int streams : plan.streams()) {
          if (hasPeer) {
            double rate = Iperf3.rate(memory, streams, seconds);
            results.peers.put(streams, rate);
            table.putPeer(streams, rate);
          }
          for (StreamPlan.Link link : own) {
            Endpoint endpoint = endpoint(server, link);
            ClientSettings client = client(server, link, streams);
            results.take(link, streams, cell.cost(endpoint, client, streams, seconds));
          }
        }
      }
      if (rsockets) {
        rsockets(memory, file, plan, results, bench.pick(1, 5));
      }
    }
  }

  private static int warmSeconds(Workbench bench) {
    return bench.pick(1, 20);
  }

  private static ClientSettings client(StreamServer server, StreamPlan.Link link, int streams) {
    return new ClientSettings(
        Abilities.standard(streams, "cairn bench"),
        Versions.known(),
        link == StreamPlan.Link.TLS ? server.tls() : Optional.empty());
  }

  private static Endpoint endpoint(StreamServer server, StreamPlan.Link link) throws IOException {
    return server
        .endpoint(link.word() + ":")
        .orElseThrow(() -> new IOException("cairn serve has no " + link.word()));
  }

  /**
   * A store has one server: that of rsockets comes after the other's end. Each number of streams
   * has its own, as the receiver's end may be the server's.
   */
  private static void rsockets(
      Workbench memory, StreamClient.File file, StreamPlan plan, Results results, int warmSeconds)
      throws IOException {
    StreamChild.Times times = new StreamChild.Times(warmSeconds, results.seconds);
    for (int streams : plan.streams()) {
      try (StreamServer server = StreamServer.rsocket(memory, memory.file("store"))) {
        Meter.Cost cost = StreamChild.run(memory, server, file, times, streams);
        results.take(StreamPlan.Link.RSOCKET, streams, cost);
      }
    }
  }

  /** What was measured, on its way into rows and table. For one thread. */
  private record Results(StreamTable table, Rows rows, int seconds, Map<Integer, Double> peers) {
    void take(StreamPlan.Link link, int streams, Meter.Cost cost) {
      Double peer = peers.get(streams);
      table.put(link.word(), streams, cost.rate());
      table.putCost(link.word(), streams, cost);
      OptionalDouble beside = peer == null ? OptionalDouble.empty() : OptionalDouble.of(peer);
      rows.add(row(link, streams, cost, beside));
    }
  }

  private static Row row(StreamPlan.Link link, int streams, Meter.Cost cost, OptionalDouble peer) {
    double rate = cost.rate();
    String work =
        "stream %s, %d %s".formatted(link.word(), streams, streams == 1 ? "stream" : "streams");
    Map<String, Object> more = new LinkedHashMap<>();
    more.put("link", link.word());
    more.put("streams", streams);
    more.put("bytesPerSecond", Math.round(rate));
    put(more, "cpuSecondsPerGib", cost.cpuSeconds());
    put(more, "systemCallsPerMib", cost.calls());
    if (peer.isEmpty()) {
      return Row.note(work, shown(rate)).with(more);
    }
    double floor = peer.getAsDouble();
    more.put("iperf3BytesPerSecond", Math.round(floor));
    Row row =
        link == StreamPlan.Link.TCP
            ? Row.atLeast(work, shown(rate), shown(floor), rate / floor, BAR)
            : Row.beside(work, shown(rate), shown(floor), rate / floor);
    return row.with(more);
  }

  private static void put(Map<String, Object> more, String name, double value) {
    if (!Double.isNaN(value)) {
      more.put(name, value);
    }
  }

  private static String shown(double rate) {
    return String.format(Locale.ROOT, "%.2f GB/s", rate / 1e9);
  }
}

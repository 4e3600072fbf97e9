package dev.cairn.tools.bench;

import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.Versions;
import java.io.IOException;
import java.util.ArrayList;
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
  private static final int LEAST_WARM_SECONDS = 2;
  private static final int MOST_WARM_SECONDS = 20;
  private static final double WARM = 1.1;

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
      try (StreamServer server = StreamServer.start(memory, memory.file("store"), links)) {
        Cell cell = new Cell(server, file, timer, plan.seconds().orElse(bench.pick(1, 3)));
        for (StreamPlan.Link link : links) {
          warm(cell, link);
        }
        for (int streams : plan.streams()) {
          OptionalDouble peer = OptionalDouble.empty();
          if (hasPeer) {
            double rate = Iperf3.rate(memory, streams, cell.seconds);
            peer = OptionalDouble.of(rate);
            table.putPeer(streams, rate);
          }
          for (StreamPlan.Link link : links) {
            double rate = cell.rate(link, streams, cell.seconds);
            table.put(link.word(), streams, rate);
            rows.add(row(link, streams, rate, peer));
          }
        }
      }
    }
  }

  /**
   * Both processes compile what they run first, ciphers above all: that is no stream's rate. It is
   * over when a second brings no more than the one before.
   */
  private static void warm(Cell cell, StreamPlan.Link link) throws IOException {
    double before = 0;
    for (int i = 0; i < MOST_WARM_SECONDS; i++) {
      double rate = cell.rate(link, 1, 1);
      if (i >= LEAST_WARM_SECONDS && rate < WARM * before) {
        return;
      }
      before = rate;
    }
  }

  /** Measures one link with one number of streams. */
  private record Cell(
      StreamServer server, StreamClient.File file, ScheduledExecutorService timer, int seconds) {
    private static final long WARM_MILLIS = 500;

    double rate(StreamPlan.Link link, int streams, int time) throws IOException {
      boolean tls = link == StreamPlan.Link.TLS;
      Endpoint endpoint =
          server
              .endpoint(link.word() + ":")
              .orElseThrow(() -> new IOException("cairn serve has no " + link.word()));
      ClientSettings client =
          new ClientSettings(
              Abilities.standard(streams, "cairn bench"),
              Versions.known(),
              tls ? server.tls() : Optional.empty());
      try (StreamClient fetching = new StreamClient(endpoint, client, timer, file)) {
        return fetching.rate(streams, WARM_MILLIS, time);
      }
    }
  }

  private static Row row(StreamPlan.Link link, int streams, double rate, OptionalDouble peer) {
    String work =
        "stream %s, %d %s".formatted(link.word(), streams, streams == 1 ? "stream" : "streams");
    Map<String, Object> more = new LinkedHashMap<>();
    more.put("link", link.word());
    more.put("streams", streams);
    more.put("bytesPerSecond", Math.round(rate));
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

  private static String shown(double rate) {
    return String.format(Locale.ROOT, "%.2f GB/s", rate / 1e9);
  }
}

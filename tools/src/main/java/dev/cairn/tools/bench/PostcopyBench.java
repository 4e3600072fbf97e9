package dev.cairn.tools.bench;

import dev.cairn.tools.linux.FaultingMemory;
import dev.cairn.tools.linux.LinuxException;
import dev.cairn.transport.link.Endpoint;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Measures how long a guest stands still for a page that comes over loopback: by a bare userfaultfd
 * and TCP, from a {@code cairn serve}, and through a {@code cairn pull --postcopy}; while nothing
 * else is on its way, and beside bulk that goes as fast as it can. The ways take turns. The point
 * lies in memory: no disk is measured.
 */
public final class PostcopyBench implements Bench {
  private static final int PAGE = 4096;
  private static final int STREAMS = 4;

  /** DESIGN.md §7: so many microseconds above the floor at most, half of the faults. */
  private static final double BAR = 15;

  private static final String PAGES = "cairn_serve_pages_total";
  private static final String READS = "cairn_serve_page_reads_total";

  @Override
  public String name() {
    return "postcopy";
  }

  @Override
  public void run(Workbench bench, Rows rows) throws IOException {
    Plan plan = new Plan(bench.pick(8 << 8, 128 << 8), bench.pick(1, 5), bench.pick(100, 2000));
    try (FaultingMemory memory = FaultingMemory.map((long) plan.pages * PAGE)) {
      measure(bench, plan, memory, rows);
    } catch (LinuxException e) {
      rows.add(Row.note("postcopy faults", "not measured: " + e.getMessage()));
    }
  }

  /**
   * How much is measured.
   *
   * @param pages of the point, more than all faults of one way: a page that has come stays
   * @param rounds of each way: such that do not count, without bulk, beside bulk
   * @param faults in each round
   */
  private record Plan(int pages, int rounds, int faults) {}

  private static void measure(Workbench bench, Plan plan, FaultingMemory memory, Rows rows)
      throws IOException {
    try (Workbench inMemory = bench.inMemory();
        ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory())) {
      MadePoint made = MadePoint.make(inMemory, plan.pages);
      try (StreamServer server = StreamServer.start(inMemory, inMemory.file("store"), List.of())) {
        Endpoint endpoint =
            server
                .endpoint("tcp:")
                .orElseThrow(() -> new IOException("cairn serve does not listen"));
        ServedWay.From from =
            new ServedWay.From(endpoint, made.file().chain(), made.checkpoint(), timer);
        try (FloorWay floor = FloorWay.start(inMemory);
            ServedWay served = new ServedWay(from);
            PulledWay pulled = PulledWay.start(inMemory, from, (long) plan.pages * PAGE)) {
          List<PageWay> ways = List.of(floor, served, pulled);
          Turns turns = new Turns(memory, ways, plan, bench.random());
          turns.run(plan.rounds);
          Reads before = Reads.of(server);
          List<Standstills> idle = turns.run(plan.rounds);
          Reads reads = Reads.of(server).since(before);
          Beside beside;
          try (StreamClient bulk =
              new StreamClient(endpoint, StreamClient.settings(STREAMS), timer, made.file())) {
            beside = Beside.measure(turns, plan.rounds, bulk);
          }
          tell(ways, "nothing else", idle, true, rows);
          tell(ways, "bulk", beside.times, false, rows);
          rows.add(Row.note("bulk beside the faults", Timing.rate(beside.moved, beside.nanos)));
          rows.add(Row.atMost("reads of files a fault", reads.text(), "", reads.aPage(), 1));
          new FaultTable(ways, idle, beside.times).rows().forEach(rows::add);
        }
      }
    }
  }

  /**
   * Faults beside bulk.
   *
   * @param moved bytes of bulk meanwhile
   */
  private record Beside(List<Standstills> times, long moved, long nanos) {
    static Beside measure(Turns turns, int rounds, StreamClient bulk) throws IOException {
      bulk.start(STREAMS);
      long start = System.nanoTime();
      List<Standstills> times = turns.run(rounds);
      Beside beside = new Beside(times, bulk.bytes(), System.nanoTime() - start);
      bulk.stop();
      return beside;
    }
  }

  /** What the server gave, and how often it read a file for that. */
  private record Reads(long pages, long reads) {
    static Reads of(StreamServer server) throws IOException {
      return new Reads(server.metric(PAGES), server.metric(READS));
    }

    Reads since(Reads before) {
      return new Reads(pages - before.pages, reads - before.reads);
    }

    double aPage() {
      return (double) reads / pages;
    }

    String text() {
      return reads + " of " + pages;
    }
  }

  /** Has the ways take turns; no page of one comes twice. */
  private static final class Turns {
    private final FaultingMemory memory;
    private final List<PageWay> ways;
    private final Plan plan;
    private final long[] order;
    private int at;
    private int round;

    Turns(FaultingMemory memory, List<PageWay> ways, Plan plan, Random random) {
      this.memory = memory;
      this.ways = ways;
      this.plan = plan;
      this.order = random.longs(0, plan.pages).distinct().limit(plan.pages).toArray();
    }

    List<Standstills> run(int rounds) throws IOException {
      List<Standstills> times = new ArrayList<>();
      ways.forEach(_ -> times.add(new Standstills()));
      for (int i = 0; i < rounds; i++) {
        long[] pages = Arrays.copyOfRange(order, at, at + plan.faults);
        at += plan.faults;
        round++;
        for (int turn = 0; turn < ways.size(); turn++) {
          int way = (round & 1) == 0 ? turn : ways.size() - 1 - turn;
          FaultRounds.run(memory, ways.get(way), pages, times.get(way));
        }
      }
      return times;
    }
  }

  private static void tell(
      List<PageWay> ways, String beside, List<Standstills> times, boolean hasBar, Rows rows) {
    double floor = times.getFirst().micros(0.5);
    for (int way = 1; way < ways.size(); way++) {
      double half = times.get(way).micros(0.5);
      String work = "a fault by %s, beside %s".formatted(ways.get(way).name(), beside);
      Row row =
          hasBar && way == 1
              ? Row.atMost(
                  work + ": µs above floor", micros(half), micros(floor), half - floor, BAR)
              : Row.beside(work, micros(half), micros(floor), half / floor);
      rows.add(row.with(fields(ways.get(way).name(), beside, times.get(way), times.getFirst())));
    }
  }

  private static Map<String, Object> fields(
      String way, String beside, Standstills times, Standstills floor) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("way", way);
    fields.put("beside", beside);
    fields.put("faults", times.count());
    put(fields, "", times);
    put(fields, "floor", floor);
    return fields;
  }

  private static void put(Map<String, Object> fields, String prefix, Standstills times) {
    fields.put(prefix.isEmpty() ? "p50Micros" : prefix + "P50Micros", times.micros(0.5));
    fields.put(prefix.isEmpty() ? "p99Micros" : prefix + "P99Micros", times.micros(0.99));
    fields.put(prefix.isEmpty() ? "p999Micros" : prefix + "P999Micros", times.micros(0.999));
    fields.put(prefix.isEmpty() ? "buckets" : prefix + "Buckets", times.buckets());
  }

  private static String micros(double micros) {
    return String.format(Locale.ROOT, "%.1f µs", micros);
  }
}

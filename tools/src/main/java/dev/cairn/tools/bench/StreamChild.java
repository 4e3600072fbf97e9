package dev.cairn.tools.bench;

import dev.cairn.transport.link.Endpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/**
 * The receiver of streams as a process of its own, for links that need another environment than the
 * bench has. Says one line for each number of streams.
 */
public final class StreamChild {
  private static final String WORD = "measured ";

  private StreamChild() {}

  /**
   * Measures.
   *
   * @param arguments what {@link #run} gives
   */
  public static void main(String[] arguments) throws IOException {
    Endpoint endpoint = Endpoint.parse(arguments[0]);
    StreamClient.File file =
        new StreamClient.File(
            arguments[1],
            Long.parseLong(arguments[2]),
            Long.parseLong(arguments[3]),
            Path.of(arguments[4]));
    int warmSeconds = Integer.parseInt(arguments[5]);
    int seconds = Integer.parseInt(arguments[6]);
    List<Long> both = List.of(ProcessHandle.current().pid(), Long.parseLong(arguments[7]));
    try (ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory())) {
      StreamCell cell = new StreamCell(file, timer, warmSeconds, both);
      cell.warm(endpoint, StreamClient.settings(1));
      for (int i = 8; i < arguments.length; i++) {
        int streams = Integer.parseInt(arguments[i]);
        Meter.Cost cost = cell.cost(endpoint, StreamClient.settings(streams), streams, seconds);
        System.out.println(WORD + cost.rate() + " " + cost.cpuSeconds() + " " + cost.calls());
      }
    }
  }

  /**
   * How long it takes.
   *
   * @param warm seconds at most before it counts
   * @param seconds of each number of streams
   */
  record Times(int warm, int seconds) {}

  /**
   * Runs it over rsockets.
   *
   * @return what each number of streams costs
   */
  static List<Meter.Cost> run(
      Workbench bench, StreamServer server, StreamClient.File file, Times times, List<Integer> all)
      throws IOException {
    Endpoint endpoint =
        server.endpoint("tcp:").orElseThrow(() -> new IOException("cairn serve has no tcp"));
    List<String> options = new ArrayList<>(RsocketLibrary.options());
    options.add("-XX:+UseSerialGC");
    List<String> command = Children.java(options, StreamChild.class.getName());
    command.addAll(List.of(endpoint.toString(), file.chain(), "" + file.id(), "" + file.length()));
    command.addAll(List.of(file.path().toString(), "" + times.warm, "" + times.seconds));
    command.add("" + server.pid());
    all.forEach(streams -> command.add("" + streams));
    Path log = bench.file("rsocket.log");
    Map<String, String> environment = RsocketLibrary.environment();
    List<Meter.Cost> costs = new ArrayList<>();
    Children.run(log, command, environment)
        .lines()
        .filter(line -> line.startsWith(WORD))
        .forEach(line -> costs.add(cost(line)));
    if (costs.size() != all.size()) {
      throw new IOException("rsocket: " + Files.readString(log, StandardCharsets.UTF_8));
    }
    return costs;
  }

  private static Meter.Cost cost(String line) {
    String[] words = line.split(" ", -1);
    return new Meter.Cost(
        Double.parseDouble(words[1]), Double.parseDouble(words[2]), Double.parseDouble(words[3]));
  }
}

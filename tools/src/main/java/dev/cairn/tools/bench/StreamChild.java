package dev.cairn.tools.bench;

import dev.cairn.transport.link.Endpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The receiver of streams over rsockets, as a process of its own: its environment is another than
 * the bench's. It says what it measured, and ends without closing a link: librdmacm's rsockets do
 * not bear that one thread closes what another reads, and end the process by SIGSEGV.
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
    long warmMillis = TimeUnit.SECONDS.toMillis(Integer.parseInt(arguments[5]));
    int seconds = Integer.parseInt(arguments[6]);
    Meter meter = new Meter(List.of(ProcessHandle.current().pid(), Long.parseLong(arguments[7])));
    int streams = Integer.parseInt(arguments[8]);
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());
    StreamClient client = new StreamClient(endpoint, StreamClient.settings(streams), timer, file);
    Meter.Cost cost = client.cost(streams, warmMillis, seconds, meter);
    System.out.println(WORD + cost.rate() + " " + cost.cpuSeconds() + " " + cost.calls());
    System.out.flush();
    Runtime.getRuntime().halt(0);
  }

  /**
   * How long it takes.
   *
   * @param warm seconds before it counts
   * @param seconds that count
   */
  record Times(int warm, int seconds) {}

  /**
   * Runs it.
   *
   * @return what so many streams cost
   */
  static Meter.Cost run(
      Workbench bench, StreamServer server, StreamClient.File file, Times times, int streams)
      throws IOException {
    Endpoint endpoint =
        server.endpoint("tcp:").orElseThrow(() -> new IOException("cairn serve has no tcp"));
    List<String> options = new ArrayList<>(RsocketLibrary.options());
    options.add("-XX:+UseSerialGC");
    List<String> command = Children.java(options, StreamChild.class.getName());
    command.addAll(List.of(endpoint.toString(), file.chain(), "" + file.id(), "" + file.length()));
    command.addAll(List.of(file.path().toString(), "" + times.warm, "" + times.seconds));
    command.addAll(List.of("" + server.pid(), "" + streams));
    try {
      String said = Children.run(bench.file("rsocket.log"), command, RsocketLibrary.environment());
      return said.lines()
          .filter(line -> line.startsWith(WORD))
          .map(StreamChild::cost)
          .findFirst()
          .orElseThrow(() -> new IOException("rsocket: " + said));
    } catch (IOException e) {
      throw new IOException(e.getMessage() + "; " + server.account(), e);
    }
  }

  private static Meter.Cost cost(String line) {
    String[] words = line.split(" ", -1);
    return new Meter.Cost(
        Double.parseDouble(words[1]), Double.parseDouble(words[2]), Double.parseDouble(words[3]));
  }
}

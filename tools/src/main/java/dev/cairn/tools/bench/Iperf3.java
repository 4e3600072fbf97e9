package dev.cairn.tools.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Measures TCP over loopback by iperf3, if that is installed. Stateless. */
final class Iperf3 {
  private static final String PROGRAM = "iperf3";
  private static final int MOST_TRIES = 100;
  private static final ObjectMapper JSON = new ObjectMapper();

  private Iperf3() {}

  static boolean isHere() {
    return Children.has(PROGRAM);
  }

  /** Returns bytes a second that arrive. */
  static double rate(Workbench bench, int streams, int seconds) throws IOException {
    String port = Integer.toString(freePort());
    List<String> server = List.of(PROGRAM, "-s", "-1", "-B", "127.0.0.1", "-p", port);
    Process child = Children.start(bench.file("iperf3-server.log"), server);
    try {
      List<String> client = new ArrayList<>(List.of(PROGRAM, "-c", "127.0.0.1", "-p", port));
      client.addAll(List.of("-P", Integer.toString(streams), "-t", Integer.toString(seconds)));
      client.addAll(List.of("-O", "1", "-J"));
      return received(output(bench.file("iperf3.log"), client, child));
    } finally {
      Children.reap(child);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return any.getLocalPort();
    }
  }

  /** The server does not say when it listens: whoever comes too early comes again. */
  private static JsonNode output(Path log, List<String> client, Process server) throws IOException {
    for (int tries = 1; ; tries++) {
      JsonNode output;
      try {
        output = JSON.readTree(Children.run(log, client));
      } catch (IOException e) {
        output = JSON.createObjectNode().put("error", String.valueOf(e.getMessage()));
      }
      // Some versions tell of an error by their exit code, too.
      String error = output.path("error").asText();
      if (error.isEmpty()) {
        return output;
      }
      boolean early = error.contains("unable to connect");
      if (!early || tries == MOST_TRIES || !server.isAlive()) {
        throw new IOException("iperf3: " + error);
      }
      Children.pause(TimeUnit.MILLISECONDS, 50);
    }
  }

  private static double received(JsonNode output) throws IOException {
    JsonNode bits = output.path("end").path("sum_received").path("bits_per_second");
    if (!bits.isNumber()) {
      throw new IOException("iperf3 tells no end.sum_received.bits_per_second");
    }
    return bits.doubleValue() / 8;
  }
}

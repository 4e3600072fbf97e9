package dev.cairn.tests.rdma;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.tools.Cairn;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code cairn bench stream} with RDMA and rsockets beside TCP: a main of the lab's guest. That
 * bytes move over each is what is judged; how fast says nothing in software emulation. Leaves with
 * 0 if they do.
 */
final class RdmaBenchMain {
  private RdmaBenchMain() {}

  public static void main(String[] arguments) throws Exception {
    PrintStream console = System.out;
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
    int code =
        Cairn.run(
            "--json",
            "bench",
            "stream",
            "--links",
            "tcp,rdma,rsocket",
            "--streams",
            "1",
            "--seconds",
            "5", // so slow is a stream of rsockets here that a second may see no MiB of it
            "--quick",
            "--dir",
            "/tmp");
    System.setOut(console);
    List<String> moved = new ArrayList<>();
    for (String line : output.toString(StandardCharsets.UTF_8).lines().toList()) {
      JsonNode row = new ObjectMapper().readTree(line);
      if (row.path("bytesPerSecond").asLong() > 0) {
        moved.add(row.path("work").asText());
      }
      console.println(
          row.path("work").asText()
              + " "
              + row.path("measured").asText()
              + shown(row, "cpuSecondsPerGib", " CPU s a GiB")
              + shown(row, "systemCallsPerMib", " system calls a MiB"));
    }
    List<String> expected =
        List.of("stream tcp, 1 stream", "stream rdma, 1 stream", "stream rsocket, 1 stream");
    boolean passed = code == 0 && moved.equals(expected);
    console.println(passed ? "1 passed, 0 failed" : "0 passed, 1 failed: " + code + " " + moved);
    System.exit(passed ? 0 : 1);
  }

  private static String shown(JsonNode row, String field, String unit) {
    return row.has(field) ? ", %.1f%s".formatted(row.path(field).asDouble(), unit) : "";
  }
}

package dev.cairn.tools.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tools.Cairn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The bench about streams says what it measured and who wins; how fast that is is no test. */
class StreamBenchTest {
  private static List<JsonNode> bench(Path directory, String... words) throws IOException {
    return BenchRows.of(directory, List.of("stream"), words);
  }

  private static JsonNode row(List<JsonNode> rows, String work) {
    return rows.stream()
        .filter(row -> row.path("work").asText().startsWith(work))
        .findFirst()
        .orElseThrow(() -> new AssertionError(work + " in " + rows));
  }

  @Test
  @Timeout(240)
  void bytesMoveOverEachLinkAndNothingIsLeftBehind(@TempDir Path directory) throws IOException {
    List<JsonNode> rows =
        bench(directory, "--streams", "2", "--links", "tcp,tls,unix,rdma", "--seconds", "1");
    for (String link : List.of("tcp", "tls", "unix")) {
      JsonNode row = row(rows, "stream " + link + ", 2 streams");
      assertTrue(row.path("bytesPerSecond").asLong() > 1 << 20, row::toString);
      assertEquals(2, row.path("streams").asInt());
      assertEquals(Iperf3.isHere(), row.has("iperf3BytesPerSecond"), row::toString);
    }
    if (StreamPlan.Link.RDMA.missing().isPresent()) {
      String said = row(rows, "stream rdma").path("measured").asText();
      assertTrue(said.contains("no RDMA device"), said);
    }
    assertTrue(row(rows, "here: ").path("work").asText().contains("from 2 streams on "));
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void whatIsNotHereIsARowAndNoError(@TempDir Path directory) throws IOException {
    List<JsonNode> rows = bench(directory, "--links", "rsocket");
    String why = row(rows, "stream rsocket").path("measured").asText();
    assertTrue(why.startsWith("not measured: no RDMA device"), why);
    assertEquals("here: nothing was measured", row(rows, "here: ").path("work").asText());
    assertEquals(
        "there: from 1 stream on TCP wins, from 4 streams on rsocket wins",
        row(rows, "there: ").path("work").asText());
  }

  @Test
  void whatIsNoPlanIsAUsageError() {
    assertEquals(2, Cairn.run("bench", "stream", "--links", "tcp,quic"));
    assertEquals(2, Cairn.run("bench", "stream", "--streams", "1,0"));
    assertEquals(2, Cairn.run("bench", "stream", "--streams", "33"));
    assertEquals(2, Cairn.run("bench", "stream", "--streams", ""));
    assertEquals(2, Cairn.run("bench", "stream", "--seconds", "0"));
    assertEquals(2, Cairn.run("bench", "index", "--streams", "1"));
  }

  @Test
  void aPlanIsSortedAndHasEachOnce() {
    StreamPlan plan = StreamPlan.STANDARD.withStreams("4, 1,4").withLinks("unix,tcp,unix");
    assertEquals(List.of(1, 4), plan.streams());
    assertEquals(List.of(StreamPlan.Link.UNIX, StreamPlan.Link.TCP), plan.links());
    assertThrows(IllegalArgumentException.class, () -> plan.withSeconds(601));
  }

  @Test
  void whoWinsIsToldWhereItChanges() {
    Map<String, double[]> rates = new LinkedHashMap<>();
    rates.put("tcp", new double[] {10, 20, 30, 31});
    rates.put("tls", new double[] {5, 6, 7, 8});
    rates.put("unix", new double[] {20, 20.5, 20, 32});
    assertEquals(
        "from 1 stream on unix wins, from 2 streams on tcp and unix are alike,"
            + " from 4 streams on tcp wins, from 8 streams on tcp and unix are alike",
        StreamTable.winners(List.of(1, 2, 4, 8), rates));
    rates.remove("unix");
    assertEquals(
        "from 3 streams on tcp wins",
        StreamTable.winners(List.of(3), Map.of("tcp", new double[] {1})));
  }
}

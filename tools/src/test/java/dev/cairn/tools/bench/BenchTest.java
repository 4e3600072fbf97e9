package dev.cairn.tools.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tools.Cairn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code cairn bench} counts exactly keeps its bars; what it times is no test. */
class BenchTest {
  private final Path directory;

  BenchTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private List<JsonNode> bench(String... names) throws IOException {
    return BenchRows.of(directory, List.of("--quick"), names);
  }

  private static List<JsonNode> rows(List<JsonNode> lines) {
    return lines.stream().filter(line -> line.get("message_type").asText().equals("row")).toList();
  }

  private static List<JsonNode> rowsWithABar(List<JsonNode> lines) {
    return rows(lines).stream().filter(line -> !line.get("bar").asText().isEmpty()).toList();
  }

  @Test
  void bytesWrittenAndIndexKeepTheirBars() throws IOException {
    List<JsonNode> rows = rowsWithABar(bench("bytes", "index"));
    assertEquals(5, rows.size());
    for (JsonNode row : rows) {
      assertEquals("met", row.get("result").asText(), row.toString());
    }
  }

  @Test
  void aWorkHasAllOfItsParts() throws IOException {
    List<JsonNode> rows = rows(bench("lookup", "--checkpoints", "3", "--ram", "16M"));
    assertEquals(
        List.of("lookup"), rows.stream().map(row -> row.get("bench").asText()).distinct().toList());
    assertEquals(
        List.of("index", "page"),
        rows.stream().map(row -> row.get("part").asText()).distinct().toList());
    assertTrue(rows.toString().contains("out of 3 layers"), rows::toString);
    List<JsonNode> reads =
        rows.stream().filter(row -> row.get("work").asText().contains("reads of files")).toList();
    assertEquals(3, reads.size());
    for (JsonNode row : reads) {
      assertEquals(1.0, row.get("ratio").asDouble(), row::toString);
    }
  }

  @Test
  void aMergeLeavesOneIndexOfABoundedLength() throws IOException {
    List<JsonNode> rows = rows(bench("round", "--checkpoints", "5", "--ram", "16M"));
    assertTrue(rows.toString().contains("1 of 5"), rows::toString);
    JsonNode index = rowsWithABar(rows).getFirst();
    assertEquals("met", index.get("result").asText(), index::toString);
  }

  @Test
  void sizesAreThoseThatWereAskedFor() throws IOException {
    List<JsonNode> rows = rows(bench("diff-image", "--ram", "24M", "--dirty", "2.5"));
    for (JsonNode row : rows) {
      String work = row.get("work").asText();
      assertTrue(work.startsWith("24 MiB image against the tip, 2.5 % dirty"), work);
    }
    assertEquals(2, Cairn.run("bench", "page", "--ram", "1M"));
    assertEquals(2, Cairn.run("bench", "page", "--ram", "much"));
    assertEquals(2, Cairn.run("bench", "page", "--checkpoints", "0"));
    assertEquals(2, Cairn.run("bench", "page", "--dirty", "NaN"));
    assertEquals(2, Cairn.run("bench", "page", "--hot", "5"));
  }

  @Test
  void hotPagesTakeTheirPartOfTheChanges() {
    Random random = new Random(1);
    long[] drawn = HotSet.of("10:80").draw(random, 1000, 100_000);
    long hot = Arrays.stream(drawn).filter(page -> page < 10_000).count();
    assertTrue(hot >= 800 && hot < 850, hot + " of " + drawn.length);
    long[] any = HotSet.of("none").draw(random, 1000, 100_000);
    hot = Arrays.stream(any).filter(page -> page < 10_000).count();
    assertTrue(hot > 50 && hot < 150, hot + " of " + any.length);
    assertEquals(1000, any.length);
    assertEquals(4, HotSet.of("50:100").draw(random, 9, 4).length);
  }

  @Test
  void theMachineIsNamedFirst() throws IOException {
    JsonNode first = bench("index").getFirst();
    assertEquals("machine", first.get("message_type").asText());
    assertTrue(first.get("cores").asInt() >= 1);
    assertFalse(first.get("jdk").asText().isEmpty());
  }

  @Test
  void nothingIsLeftBehind() throws IOException {
    bench("index");
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void anUnknownNameIsAUsageError() {
    assertEquals(2, Cairn.run("bench", "nonsense"));
  }

  @Test
  void aRowThatMissesItsBarSaysSo() {
    assertEquals(Row.Verdict.MISSED, Row.atMost("work", "2", "1", 2.0, 1.5).verdict());
    assertEquals(Row.Verdict.MET, Row.atMost("work", "2", "1", 1.5, 1.5).verdict());
    assertEquals(Row.Verdict.MISSED, Row.atLeast("work", "2", "1", 0.5, 0.9).verdict());
  }

  /** In a cpuset, core 0 may be somebody else's. */
  @Test
  void theCoresThatAreAllowedAreThoseOfTheKernel() throws IOException {
    String cores = Machine.allowedCores();
    assertTrue(cores.matches("[0-9]+([-,][0-9]+)*"), cores);
  }
}

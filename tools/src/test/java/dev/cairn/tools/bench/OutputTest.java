package dev.cairn.tools.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.tools.Cairn;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

/** What a run found is kept as JSON, as a picture and as a page; curves say where they bend. */
class OutputTest {
  private final Path directory;

  OutputTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private int bench(String... words) {
    List<String> arguments = new ArrayList<>(List.of("bench", "--quick"));
    arguments.addAll(List.of("--dir", directory.toString()));
    arguments.addAll(List.of(words));
    PrintStream before = System.out;
    try {
      System.setOut(new PrintStream(PrintStream.nullOutputStream()));
      return Cairn.run(arguments.toArray(String[]::new));
    } finally {
      System.setOut(before);
    }
  }

  @Test
  void aRunIsKeptThreeWays() throws Exception {
    Path json = directory.resolve("b.json");
    Path svg = directory.resolve("b.svg");
    Path page = directory.resolve("B.md");
    assertEquals(
        0,
        bench(
            "index",
            "curve",
            "--checkpoints",
            "30",
            "--ram",
            "256M",
            "--save",
            json.toString(),
            "--plot",
            svg.toString(),
            "--report",
            page.toString()));
    List<String> lines = Files.readAllLines(json);
    JsonNode machine = new ObjectMapper().readTree(lines.getFirst());
    assertTrue(machine.path("command").asText().startsWith("cairn bench --quick"));
    List<JsonNode> rows = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      rows.add(new ObjectMapper().readTree(line));
    }
    assertTrue(rows.stream().anyMatch(row -> row.path("part").asText().equals("index")));
    JsonNode layers =
        rows.stream()
            .filter(row -> row.path("curve").asText().equals("layers"))
            .findFirst()
            .orElseThrow();
    assertEquals("[10.0,30.0]", layers.path("x").toString());
    assertTrue(layers.path("y").get(1).asInt() <= 9, layers::toString);

    Document picture =
        DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(svg.toFile());
    assertEquals("svg", picture.getDocumentElement().getTagName());
    assertTrue(picture.getElementsByTagName("circle").getLength() >= 20);
    assertTrue(picture.getElementsByTagName("rect").getLength() >= 2);

    String text = Files.readString(page);
    assertTrue(text.contains("cairn bench --quick"), text);
    assertTrue(text.contains("## lookup"), text);
    assertTrue(text.contains("](b.svg)"), text);
    assertTrue(text.contains("| index of 1,024 scattered pages of 64 GiB |"), text);
  }

  @Test
  void aFileThatCannotBeWrittenIsRefusedBeforeAnythingIsMeasured() {
    assertEquals(2, bench("index", "--plot", directory.resolve("no/b.svg").toString()));
    assertEquals(2, bench("index", "--report", directory.toString()));
  }

  @Test
  void aCurveBendsWhereItsExponentRises() {
    List<Double> stops = List.of(10.0, 100.0, 1000.0, 10_000.0);
    double[] steady = Curve.exponents(stops, List.of(5.0, 5.0, 5.0, 5.0));
    assertArrayEquals(new double[] {0, 0, 0}, steady, 1e-9);
    assertEquals(-1, Curve.bend(steady));
    double[] bent = Curve.exponents(stops, List.of(5.0, 6.0, 60.0, 600.0));
    assertEquals(1, bent[1], 1e-9);
    assertEquals(1, Curve.bend(bent));
    assertEquals(-1, Curve.bend(Curve.exponents(stops, List.of(1.0, 10.0, 50.0, 60.0))));
  }

  @Test
  void aBarThatGrowsPastItsExponentIsMissed() throws IOException {
    Curve curve = new Curve("points");
    List<Row> rows = new ArrayList<>();
    for (int stop = 1; stop <= 100; stop *= 10) {
      curve.stop(stop);
      curve.put("stays", "ms", 0.25, 3);
      curve.put("grows", "ms", 0.25, stop);
    }
    curve.tell(rows::add);
    assertEquals(
        List.of(Row.Verdict.NONE, Row.Verdict.MET, Row.Verdict.MISSED),
        rows.stream().map(Row::verdict).toList());
  }
}

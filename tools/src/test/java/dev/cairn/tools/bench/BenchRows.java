package dev.cairn.tools.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.tools.Cairn;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What {@code cairn --json bench} prints, run in this process. Stateless. */
final class BenchRows {
  private BenchRows() {}

  /** Runs it, which has to go well, and returns its lines. */
  static List<JsonNode> of(Path directory, List<String> options, String... words)
      throws IOException {
    List<String> arguments = new ArrayList<>(List.of("--json", "bench"));
    arguments.addAll(options);
    arguments.addAll(List.of("--dir", directory.toString()));
    arguments.addAll(List.of(words));
    PrintStream before = System.out;
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
      assertEquals(0, Cairn.run(arguments.toArray(String[]::new)));
    } finally {
      System.setOut(before);
    }
    List<JsonNode> rows = new ArrayList<>();
    for (String line : output.toString(StandardCharsets.UTF_8).lines().toList()) {
      rows.add(new ObjectMapper().readTree(line));
    }
    return rows;
  }
}

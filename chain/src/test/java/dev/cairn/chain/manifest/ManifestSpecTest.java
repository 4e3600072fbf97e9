package dev.cairn.chain.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the table of manifest lines in chain/FORMAT.md against what the codec writes. */
final class ManifestSpecTest {
  private static final String MARK = "<!-- table: manifest -->";

  /**
   * A line of the table.
   *
   * @param words keyword and fields
   * @param times 1, 0..1 or 0..
   */
  private record Row(List<String> words, String times) {
    String keyword() {
      return words.getFirst();
    }
  }

  private static List<Row> table() throws IOException {
    Path spec =
        Stream.of("FORMAT.md", "chain/FORMAT.md", "../chain/FORMAT.md")
            .map(Path::of)
            .filter(ManifestSpecTest::hasTable)
            .findFirst()
            .orElseThrow(() -> new AssertionError("no chain/FORMAT.md with " + MARK));
    List<String> lines = Files.readAllLines(spec);
    List<Row> rows = new ArrayList<>();
    // After the mark: the column titles and the rule below them.
    for (String line : lines.subList(lines.indexOf(MARK) + 3, lines.size())) {
      if (line.isBlank()) {
        break;
      }
      String[] cells = line.split("\\|", -1);
      String text = cells[1].strip();
      assertTrue(text.startsWith("`") && text.endsWith("`"), line);
      rows.add(
          new Row(List.of(text.substring(1, text.length() - 1).split(" ", -1)), cells[2].strip()));
    }
    assertFalse(rows.isEmpty());
    return rows;
  }

  private static boolean hasTable(Path path) {
    try {
      return Files.isRegularFile(path) && Files.readAllLines(path).contains(MARK);
    } catch (IOException _) {
      return false;
    }
  }

  private static List<List<String>> lines(Manifest m) {
    return new String(ManifestCodec.encode(m), StandardCharsets.US_ASCII)
        .lines()
        .map(line -> List.of(line.split(" ", -1)))
        .toList();
  }

  private static Manifest golden() throws StoreException {
    return ManifestCodec.decode("MANIFEST", Manifests.golden());
  }

  @Test
  void keywordsStandInTheOrderOfTheTable() throws IOException {
    assertEquals(
        table().stream().map(Row::keyword).toList(),
        lines(golden()).stream().map(ManifestSpecTest::keyword).distinct().toList());
  }

  /** Whatever an optional line is called, it has one row. */
  private static String keyword(List<String> line) {
    return line.getFirst().startsWith("x-") ? "x-NAME" : line.getFirst();
  }

  @Test
  void linesHaveAsManyFieldsAsTheTableSays() throws IOException {
    List<Row> rows = table();
    for (List<String> line : lines(golden())) {
      Row row =
          rows.stream().filter(r -> r.keyword().equals(keyword(line))).findFirst().orElseThrow();
      boolean open = row.words().getLast().equals("…");
      assertTrue(open || row.words().size() == line.size(), line.toString());
    }
  }

  @Test
  void emptyChainHasTheLinesThatStandOnceAndNoOthers() throws IOException {
    assertEquals(
        table().stream().filter(r -> r.times().equals("1")).map(Row::keyword).toList(),
        lines(Manifest.empty(Manifests.CHAIN, 4096)).stream().map(List::getFirst).toList());
  }

  @Test
  void firstLineIsTheTablesFirst() throws IOException {
    assertEquals(table().getFirst().words(), lines(golden()).getFirst());
  }
}

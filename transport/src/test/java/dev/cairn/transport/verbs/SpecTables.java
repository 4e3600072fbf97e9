package dev.cairn.transport.verbs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Tables of this module's documents. Stateless. */
public final class SpecTables {
  private SpecTables() {}

  /** Returns a document of the module. */
  public static String text(String document) throws IOException {
    return Files.readString(
        Stream.of(document, "transport/" + document, "../transport/" + document)
            .map(Path::of)
            .filter(Files::isRegularFile)
            .findFirst()
            .orElseThrow(() -> new AssertionError("no transport/" + document)));
  }

  /** Returns the rows of the table behind a mark, by their cells. */
  public static List<List<String>> rows(String document, String table) throws IOException {
    List<String> lines = text(document).lines().toList();
    int mark = lines.indexOf("<!-- table: " + table + " -->");
    if (mark < 0) {
      throw new AssertionError("no table " + table);
    }
    return lines.stream()
        .skip(mark + 3L) // the column titles and the rule below them
        .takeWhile(line -> line.startsWith("|"))
        .map(line -> Arrays.stream(line.substring(1).split("\\|", -1)).map(String::strip).toList())
        .toList();
  }
}

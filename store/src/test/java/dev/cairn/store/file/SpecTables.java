package dev.cairn.store.file;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tables of store/FORMAT.md: each stands below a line {@code <!-- table: NAME -->}. Immutable.
 */
final class SpecTables {
  private static final String MARK = "<!-- table: ";

  /** A field's place within its record, bytes. */
  record Field(int offset, int bytes, String name, String meaning) {
    int end() {
      return offset + bytes;
    }
  }

  private final String text;
  private final Map<String, List<List<String>>> tables = new LinkedHashMap<>();

  private SpecTables(List<String> lines) {
    text = String.join("\n", lines);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.startsWith(MARK)) {
        String name = line.substring(MARK.length(), line.indexOf(" -->"));
        if (tables.put(name, rows(lines, i + 1)) != null) {
          throw new AssertionError("two tables " + name);
        }
      }
    }
  }

  static SpecTables read() throws IOException {
    return new SpecTables(Files.readAllLines(ModuleFiles.of("FORMAT.md")));
  }

  /** Reads a table without its titles and the rule below them. */
  private static List<List<String>> rows(List<String> lines, int from) {
    List<List<String>> rows = new ArrayList<>();
    for (int i = from + 2; i < lines.size() && lines.get(i).startsWith("|"); i++) {
      List<String> cells = new ArrayList<>();
      for (String cell : lines.get(i).substring(1).split("\\|", -1)) {
        cells.add(cell.strip());
      }
      rows.add(cells.subList(0, cells.size() - 1));
    }
    if (rows.isEmpty() || !lines.get(from + 1).startsWith("| ---")) {
      throw new AssertionError("no table below " + lines.get(from - 1));
    }
    return rows;
  }

  /** Returns the whole specification. */
  String text() {
    return text;
  }

  /** Returns the names of all tables. */
  List<String> names() {
    return List.copyOf(tables.keySet());
  }

  /** Returns the cells of a table's rows. */
  List<List<String>> table(String name) {
    return Optional.ofNullable(tables.get(name))
        .orElseThrow(() -> new AssertionError("no table " + name));
  }

  /** Returns a table of the fields of a record. */
  List<Field> fields(String name) {
    return table(name).stream()
        .map(
            row ->
                new Field(
                    Integer.parseInt(row.get(0)),
                    Integer.parseInt(row.get(1)),
                    row.get(2),
                    row.get(3)))
        .toList();
  }

  Field field(String table, String name) {
    return fields(table).stream()
        .filter(f -> f.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(table + " has no " + name));
  }

  /** Returns the length in bytes of a record. */
  int length(String table) {
    return fields(table).getLast().end();
  }

  /** Returns a table of numbers and what they stand for. */
  Map<Integer, String> values(String name) {
    Map<Integer, String> values = new LinkedHashMap<>();
    table(name).forEach(row -> values.put(Integer.parseInt(row.get(0)), row.get(1)));
    return values;
  }
}

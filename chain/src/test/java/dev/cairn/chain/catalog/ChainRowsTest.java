package dev.cairn.chain.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The replacement of a chain's rows is whole in the end, wherever an earlier one was killed. */
final class ChainRowsTest {
  private static final int POINTS = 5;

  private final Path directory;
  private int databases;

  ChainRowsTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private static NavigableMap<Long, CatalogPoint> points(String label, int second) {
    NavigableMap<Long, CatalogPoint> points = new TreeMap<>();
    for (long n = 0; n < POINTS; n++) {
      Instant time = Instant.ofEpochSecond(second + n);
      points.put(n, new CatalogPoint(time, "vm", n, label + n, 1, 2));
    }
    return points;
  }

  private CatalogDb open() throws IOException {
    return CatalogDb.open(directory.resolve("db" + databases++).toString());
  }

  private static NavigableMap<String, String> rows(CatalogDb db) throws IOException {
    NavigableMap<String, String> rows = new TreeMap<>();
    HexFormat hex = HexFormat.of();
    db.scan(
        new byte[][] {{0}, {(byte) 0xff}},
        (key, value) -> rows.put(hex.formatHex(key), hex.formatHex(value)));
    return rows;
  }

  /** Replaces points one by one, and is killed before the end: what is not written is lost. */
  private static void abandon(CatalogDb db, int batchKeys, int steps) throws IOException {
    try (CatalogDb.Change change = db.change(CatalogRows.madeFromKey("vm"), batchKeys)) {
      int done = 0;
      for (CatalogPoint point : points("old", 100).values()) {
        if (done++ < steps) {
          ChainRows.delete(change, point);
        }
      }
      for (CatalogPoint point : points("new", 200).values()) {
        if (done++ < steps) {
          ChainRows.put(change, point);
        }
      }
    }
  }

  @Test
  void whoIsKilledBetweenTwoBatchesLeavesNoRowBehind() throws IOException {
    NavigableMap<String, String> expected;
    try (CatalogDb db = open()) {
      new ChainRows(db).replace("vm", 0, points("last", 300), Optional.empty());
      expected = rows(db);
    }
    assertEquals(3 * POINTS, expected.size());
    try (CatalogDb db = open()) {
      for (int batchKeys = 1; batchKeys <= 7; batchKeys++) {
        for (int steps = 1; steps <= 2 * POINTS; steps++) {
          new ChainRows(db).replace("vm", 0, points("old", 100), Optional.empty());
          abandon(db, batchKeys, steps);
          new ChainRows(db).replace("vm", 0, points("last", 300), Optional.empty());
          assertEquals(expected, rows(db), batchKeys + " keys a batch, " + steps + " steps");
        }
      }
    }
  }
}

package dev.cairn.chain.catalog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.Id;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Keys and values of the catalog, and the table of them in chain/FORMAT.md. */
final class CatalogRowsTest {
  private static final String MARK = "<!-- table: catalog -->";
  private static final long SECOND = 1_795_168_802;
  private static final int NANO = 500_000_000;
  private static final CatalogPoint POINT =
      new CatalogPoint(Instant.ofEpochSecond(SECOND, NANO), "vm-1", 7, "nächtlich", 88, 4321);

  private static List<String[]> table() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("FORMAT.md"));
    List<String[]> rows = new ArrayList<>();
    for (String line : lines.subList(lines.indexOf(MARK) + 3, lines.size())) {
      if (line.isBlank()) {
        break;
      }
      String[] cells = line.split("\\|", -1);
      assertEquals(String.valueOf(rows.size() + 1), cells[1].strip());
      rows.add(new String[] {cells[2].strip(), cells[3].strip()});
    }
    return rows;
  }

  /** Writes a point in the words of the table. */
  private static byte[] written(int kind, String words) {
    byte[] label = POINT.label().getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(1000);
    if (kind > 0) {
      out.put((byte) kind);
    }
    for (String word : words.split(" ", -1)) {
      switch (word) {
        case "CHAIN" -> out.put(POINT.chain().getBytes(StandardCharsets.US_ASCII));
        case "00" -> out.put((byte) 0);
        case "CHECKPOINT" -> out.putLong(POINT.checkpoint());
        case "TIME" -> out.putLong(SECOND ^ Long.MIN_VALUE).putInt(NANO);
        case "LENGTH" -> out.putInt(label.length);
        case "LABEL" -> out.put(label);
        case "PAGES(u64)" -> out.putLong(POINT.pages());
        case "BYTES(u64)" -> out.putLong(POINT.bytes());
        case "" -> {}
        default -> throw new AssertionError(word);
      }
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  @Test
  void keysAndValuesAreThoseOfTheTable() throws IOException {
    List<String[]> rows = table();
    assertEquals(5, rows.size());
    assertArrayEquals(written(1, rows.get(0)[0]), CatalogRows.formatKey());
    assertArrayEquals(written(2, rows.get(1)[0]), CatalogRows.madeFromKey("vm-1"));
    assertArrayEquals(written(3, rows.get(2)[0]), CatalogRows.ownedKey("vm-1", 7));
    assertArrayEquals(written(4, rows.get(3)[0]), CatalogRows.timeKey(POINT));
    assertArrayEquals(written(5, rows.get(4)[0]), CatalogRows.labelKey(POINT));
    assertArrayEquals(written(0, rows.get(2)[1]), CatalogRows.value(POINT));
    assertEquals(
        "cairn-catalog 1 " + Id.NONE,
        new String(CatalogRows.formatValue(Id.NONE), StandardCharsets.US_ASCII));
  }

  @Test
  void everyRowGivesThePointBack() throws IOException {
    byte[] value = CatalogRows.value(POINT);
    assertEquals(POINT, CatalogRows.owned(CatalogRows.ownedKey("vm-1", 7), value));
    assertEquals(POINT, CatalogRows.byTime(CatalogRows.timeKey(POINT), value));
    assertEquals(POINT, CatalogRows.byLabel(CatalogRows.labelKey(POINT), value));
  }

  @Test
  void aShortValueOrKeyIsDamageAndNothingElse() {
    byte[] value = CatalogRows.value(POINT);
    byte[] owned = CatalogRows.ownedKey("vm-1", 7);
    for (int i = 0; i < 28; i++) {
      byte[] cut = Arrays.copyOf(value, i);
      assertThrows(CatalogDamagedException.class, () -> CatalogRows.owned(owned, cut));
    }
    for (int i = 1; i < 9; i++) {
      byte[] cut = Arrays.copyOf(owned, i);
      assertThrows(CatalogDamagedException.class, () -> CatalogRows.owned(cut, value));
      assertThrows(CatalogDamagedException.class, () -> CatalogRows.byTime(cut, value));
      assertThrows(CatalogDamagedException.class, () -> CatalogRows.byLabel(cut, value));
    }
    byte[] huge = CatalogRows.labelKey(POINT);
    Arrays.fill(huge, 1, 5, (byte) 0x7f);
    assertThrows(CatalogDamagedException.class, () -> CatalogRows.byLabel(huge, value));
  }

  @Test
  void keysComeInTheOrderOfTimeThenChainThenNumber() {
    Random random = new Random(3);
    List<String> chains = List.of("a", "a-", "a.b", "aa", "Z", "vm_1");
    for (int i = 0; i < 10_000; i++) {
      CatalogPoint a = random(random, chains);
      CatalogPoint b = random(random, chains);
      int keys = Arrays.compareUnsigned(CatalogRows.timeKey(a), CatalogRows.timeKey(b));
      assertEquals(
          Integer.signum(CatalogPoint.ORDER.compare(a, b)), Integer.signum(keys), a + " " + b);
      byte[][] bounds = CatalogRows.between(a.time(), a.time());
      assertTrue(Arrays.compareUnsigned(bounds[0], CatalogRows.timeKey(a)) < 0);
      assertTrue(Arrays.compareUnsigned(CatalogRows.timeKey(a), bounds[1]) < 0);
    }
  }

  private static CatalogPoint random(Random random, List<String> chains) {
    Instant time = Instant.ofEpochSecond(random.nextInt(5) - 2, random.nextInt(3) * 400_000_000L);
    return new CatalogPoint(
        time, chains.get(random.nextInt(chains.size())), random.nextInt(3), "", 0, 0);
  }
}

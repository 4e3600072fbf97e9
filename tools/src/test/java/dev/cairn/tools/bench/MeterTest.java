package dev.cairn.tools.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MeterTest {
  private static final long MIB = 1 << 20;

  @Test
  void cpuTimeOfBothProcessesIsDividedByWhatWasMoved() throws IOException {
    long self = ProcessHandle.current().pid();
    try (Meter meter = new Meter(List.of(self, self))) { // as if each side had done the same
      meter.begin();
      long work = 0;
      long end = System.nanoTime() + 200_000_000;
      while (System.nanoTime() < end) {
        work += System.nanoTime() % 3;
      }
      meter.end();
      assertTrue(work >= 0);
      Meter.Cost gib = meter.of(5, 1 << 30);
      Meter.Cost half = meter.of(5, 1 << 29);
      assertEquals(5, gib.rate());
      assertTrue(gib.cpuSeconds() > 0, () -> "CPU time was spent: " + gib);
      assertEquals(2 * gib.cpuSeconds(), half.cpuSeconds(), 1e-9);
      assertTrue(Double.isNaN(meter.of(0, 0).cpuSeconds()), "nothing was moved");
    }
  }

  @Test
  void costsAreLinesOfTheTableWhereTheyAreKnown() {
    StreamTable table = new StreamTable(List.of(1));
    table.put("tcp", 1, MIB);
    table.putCost("tcp", 1, new Meter.Cost(MIB, 1.25, Double.NaN));
    List<String> rows = table.rows().stream().map(Row::work).toList();
    assertTrue(rows.contains("CPU seconds a GiB, both sides"), rows::toString);
    assertTrue(!rows.contains("system calls a MiB, both sides"), rows::toString);
    table.putCost("tcp", 1, new Meter.Cost(MIB, 1.25, 30));
    List<Row> all = table.rows();
    assertTrue(all.stream().anyMatch(row -> row.measured().strip().equals("30.0")), all::toString);
  }
}

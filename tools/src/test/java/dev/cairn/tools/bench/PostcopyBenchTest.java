package dev.cairn.tools.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.tools.Cairn;
import dev.cairn.tools.linux.FaultingMemory;
import dev.cairn.tools.linux.LinuxException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The bench about faults gives each page once and right; how fast that is is no test. */
class PostcopyBenchTest {
  private static final int PAGE = 4096;

  private static void requireUserFaults() {
    try (FaultingMemory _ = FaultingMemory.map(PAGE)) {
      return;
    } catch (LinuxException e) {
      assumeTrue(System.getenv("CI") != null, "userfaultfd: " + e.getMessage());
      throw new AssertionError(e);
    }
  }

  private static List<JsonNode> bench(Path directory) throws IOException {
    PrintStream before = System.out;
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
      assertEquals(
          0, Cairn.run("--json", "bench", "postcopy", "--quick", "--dir", directory.toString()));
    } finally {
      System.setOut(before);
    }
    List<JsonNode> rows = new ArrayList<>();
    for (String line : output.toString(StandardCharsets.UTF_8).lines().toList()) {
      rows.add(new ObjectMapper().readTree(line));
    }
    return rows;
  }

  @Test
  @Timeout(240)
  void everyFaultIsCountedAndTakesOneRead(@TempDir Path directory) throws IOException {
    requireUserFaults();
    List<JsonNode> rows = bench(directory);
    List<JsonNode> faults = rows.stream().filter(row -> row.has("way")).toList();
    assertEquals(4, faults.size(), rows::toString);
    for (JsonNode row : faults) {
      long told = row.path("faults").asLong();
      assertEquals(100, told);
      for (String buckets : List.of("buckets", "floorBuckets")) {
        long counted = 0;
        for (JsonNode count : row.path(buckets)) {
          counted += count.asLong();
        }
        assertEquals(told, counted, row::toString);
      }
      assertTrue(row.path("p50Micros").asDouble() <= row.path("p99Micros").asDouble());
      assertTrue(row.path("p99Micros").asDouble() <= row.path("p999Micros").asDouble());
      assertTrue(row.path("floorP50Micros").asDouble() > 0);
    }
    JsonNode reads =
        rows.stream()
            .filter(row -> row.path("work").asText().equals("reads of files a fault"))
            .findFirst()
            .orElseThrow();
    assertEquals(1, reads.path("ratio").asDouble(), reads::toString);
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void timesAreToldByRankAndByPowersOfTwo() {
    Standstills times = new Standstills();
    for (int micros = 1000; micros >= 1; micros--) {
      times.add(micros * 1000L);
    }
    assertEquals(500, times.micros(0.5));
    assertEquals(990, times.micros(0.99));
    assertEquals(999, times.micros(0.999));
    assertEquals(
        Map.of(
            2L, 1L, 4L, 2L, 8L, 4L, 16L, 8L, 32L, 16L, 64L, 32L, 128L, 64L, 256L, 128L, 512L, 256L,
            1024L, 489L),
        times.buckets());
    Standstills short1 = new Standstills();
    short1.add(999);
    short1.add(2_000);
    assertEquals(Map.of(2L, 1L, 4L, 1L), short1.buckets());
  }

  @Test
  void aWayThatGivesAnotherPageIsFoundOut() throws IOException {
    requireUserFaults();
    try (Arena arena = Arena.ofConfined();
        FaultingMemory memory = FaultingMemory.map(8 * PAGE)) {
      MemorySegment page = arena.allocate(PAGE, PAGE);
      PageWay right = way(number -> page.set(ValueLayout.JAVA_LONG, 0, number), page);
      Standstills times = new Standstills();
      FaultRounds.run(memory, right, new long[] {5, 2, 7}, times);
      FaultRounds.run(memory, right, new long[] {2, 5}, times);
      assertEquals(5, times.count());
      PageWay wrong = way(_ -> page.set(ValueLayout.JAVA_LONG, 0, 3), page);
      IOException told =
          assertThrows(
              IOException.class, () -> FaultRounds.run(memory, wrong, new long[] {4}, times));
      assertEquals("the guest's page 4: found that of page 3", told.getMessage());
    }
  }

  /** A guest must not be left behind that waits for ever. */
  @Test
  @Timeout(60)
  void aWayThatFailsLetsTheGuestGo() throws IOException {
    requireUserFaults();
    try (FaultingMemory memory = FaultingMemory.map(8 * PAGE)) {
      PageWay broken =
          way(
              _ -> {
                throw new IOException("cut");
              },
              MemorySegment.NULL);
      IOException told =
          assertThrows(
              IOException.class,
              () -> FaultRounds.run(memory, broken, new long[] {4, 1}, new Standstills()));
      assertEquals("cut", told.getMessage());
    }
  }

  private interface Filling {
    void fill(long number) throws IOException;
  }

  private static PageWay way(Filling filling, MemorySegment page) {
    return new PageWay() {
      @Override
      public String name() {
        return "test";
      }

      @Override
      public void page(long number, Taker taker) throws IOException {
        filling.fill(number);
        taker.take(page);
      }

      @Override
      public void close() {}
    };
  }
}

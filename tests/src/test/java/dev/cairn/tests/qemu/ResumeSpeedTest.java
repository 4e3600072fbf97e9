package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Cli;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How long a guest of a postcopy waits: for its start, and for its pages. Times are printed, not
 * judged; judged is what they depend on.
 */
class ResumeSpeedTest {
  private static final List<Integer> SIZES_MIB = List.of(256, 1024, 8192);
  private static final int ROUNDS = 3;

  private final Path directory;

  ResumeSpeedTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /** What goes before the guest runs is as long for 8 GiB as for 256 MiB, and so is the time. */
  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void theStartDoesNotDependOnHowMuchMemoryThereIs(String version)
      throws IOException, InterruptedException {
    for (int size : SIZES_MIB) {
      try (Guest guest = Guest.of(version).memoryMiB(size).start()) {
        guest.awaitCount(1);
        SavedGuest.save(guest, directory.resolve("store" + size), "vm");
      }
    }
    Set<Long> bytes = new HashSet<>();
    Map<Integer, List<Integer>> millis = new TreeMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      for (int size : SIZES_MIB) {
        try (Guest guest = Guest.of(version).memoryMiB(size).incoming("defer").start()) {
          Cli there = new Cli(directory.resolve("store" + size));
          JsonNode done =
              there.json(0, "resume", "vm", "--postcopy", "--qmp", "unix:" + guest.socket());
          System.out.println(version + " " + size + " MiB " + done);
          guest.awaitNextCount();
          guest.assertUnbroken();
          bytes.add(done.path("bytesBeforeRun").asLong());
          millis
              .computeIfAbsent(size, _ -> new ArrayList<>())
              .add(done.path("runningMillis").asInt());
        }
      }
    }
    assertEquals(1, bytes.size(), () -> "bytes before the guest runs: " + bytes);
    double least = median(millis.getOrDefault(SIZES_MIB.getFirst(), List.of()));
    for (Map.Entry<Integer, List<Integer>> each : millis.entrySet()) {
      System.out.printf(
          "%s connect to run, %d MiB: %s ms, median %.2f × that of %d MiB%n",
          version,
          each.getKey(),
          each.getValue(),
          median(each.getValue()) / least,
          SIZES_MIB.getFirst());
    }
  }

  private static double median(List<Integer> values) {
    List<Integer> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  /**
   * A Linux guest that begins by reading a whole file, beside all else that comes as fast as it
   * can. QEMU 11 itself tells how long each fault took.
   */
  @ParameterizedTest
  @CsvSource({"qemu10,unix", "qemu10,tcp", "qemu11,unix", "qemu11,tcp"})
  void aFaultIsAnsweredBesideBulk(String version, String network)
      throws IOException, InterruptedException {
    GuestSetup setup = Guest.of(version).linux("dirtykb=1024 period=0.1 fillmb=160").memoryMiB(320);
    Path store = directory.resolve("linux");
    try (Guest guest = setup.start()) {
      guest.awaitCount(7); // the next one reads the file
      SavedGuest.save(guest, store, "vm");
    }
    for (String rate : List.of("", "40M")) {
      try (Guest guest = Guest.of(version).linux("").memoryMiB(320).incoming("defer").start()) {
        guest.execute(
            "migrate-set-capabilities",
            Map.of(
                "capabilities",
                List.of(
                    Map.of("capability", "postcopy-ram", "state", true),
                    Map.of("capability", "postcopy-blocktime", "state", true))));
        List<String> words = new ArrayList<>(List.of("resume", "vm", "--postcopy"));
        if (network.equals("tcp")) {
          guest.execute("migrate-incoming", Map.of("uri", "tcp:127.0.0.1:0"));
          JsonNode at = guest.execute("query-migrate", Map.of()).path("socket-address").get(0);
          words.addAll(List.of("--to", "tcp:127.0.0.1:" + at.path("port").asText()));
        } else {
          words.addAll(List.of("--qmp", "unix:" + guest.socket()));
        }
        if (!rate.isEmpty()) {
          words.addAll(List.of("--limit-rate", rate));
        }
        JsonNode done = new Cli(store).json(0, words.toArray(String[]::new));
        assertTrue(done.path("requestsServed").asInt() > 0, done.toString());
        String what = version + " " + network + (rate.isEmpty() ? "" : " bulk limited to " + rate);
        System.out.println(what + " " + done);
        print(what, guest.execute("query-migrate", Map.of()));
        guest.awaitCount(17);
        guest.assertUnbroken();
      }
    }
  }

  private static void print(String what, JsonNode migration) {
    String text = what + ": guest stood still for " + migration.path("postcopy-blocktime") + " ms";
    JsonNode buckets = migration.path("postcopy-latency-dist");
    if (buckets.isArray()) {
      text += ", faults p50 " + bucket(buckets, 0.5) + ", p99 " + bucket(buckets, 0.99);
    }
    System.out.println(text);
  }

  /** A bucket of QEMU's has the faults of 2^i to 2^(i+1) microseconds. */
  private static String bucket(JsonNode buckets, double share) {
    long all = 0;
    for (JsonNode each : buckets) {
      all += each.asLong();
    }
    long sum = 0;
    for (int i = 0; i < buckets.size(); i++) {
      sum += buckets.get(i).asLong();
      if (sum >= share * all) {
        return (1L << i) + " to " + (2L << i) + " µs";
      }
    }
    return "none";
  }
}

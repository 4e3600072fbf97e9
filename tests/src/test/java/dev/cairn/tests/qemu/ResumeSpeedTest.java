package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.tests.Child;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How long a guest of a postcopy waits: for its start, and for its pages. Times are printed, not
 * judged; judged is what they depend on. Each resume is a process of its own, as a user has it: a
 * JVM that has done it before is another thing.
 */
class ResumeSpeedTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<Integer> SIZES_MIB = List.of(1024, 8192);
  private static final int ROUNDS = 3;

  /** What devices and the first moments ask for differs by chance; bulk would be millions. */
  private static final long PAGES_BY_CHANCE = 8;

  private static final int RECORD_BYTES = 4096 + 8 + 1 + 255;

  private final Path directory;

  ResumeSpeedTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private JsonNode resume(Path store, String... how) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of("--store", store.toString(), "--json"));
    words.addAll(List.of("resume", "vm", "--postcopy"));
    words.addAll(List.of(how));
    try (Child child = Child.cairn(directory, words.toArray(String[]::new))) {
      String said = child.await(0);
      return JSON.readTree(said.substring(said.indexOf('{')));
    }
  }

  /** What goes before the guest runs is as much for 8 GiB as for 1 GiB. */
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
    Map<Integer, List<Long>> bytes = new TreeMap<>();
    Map<Integer, List<Long>> millis = new TreeMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      for (int size : SIZES_MIB) {
        try (Guest guest = Guest.of(version).memoryMiB(size).incoming("defer").start()) {
          JsonNode done =
              resume(directory.resolve("store" + size), "--qmp", "unix:" + guest.socket());
          System.out.println(version + " " + size + " MiB " + done);
          guest.awaitNextCount();
          guest.assertUnbroken();
          assertTrue(
              done.path("pages").asLong() + done.path("zeroPages").asLong() >= size * 256L,
              done.toString());
          note(bytes, size, done.path("bytesBeforeRun").asLong());
          note(millis, size, done.path("runningMillis").asLong());
        }
      }
    }
    System.out.printf("%s bytes before the guest ran, by MiB of memory: %s%n", version, bytes);
    double ratio = (double) least(millis, SIZES_MIB.getLast()) / least(millis, 1024);
    System.out.printf(
        "%s connection to running guest, ms: %s; ratio of the least ones %.2f%n",
        version, millis, ratio);
    long least = bytes.values().stream().mapToLong(Collections::min).min().orElseThrow();
    long most = bytes.values().stream().mapToLong(Collections::max).max().orElseThrow();
    assertTrue(least > 0, "it is counted");
    assertTrue(most - least <= PAGES_BY_CHANCE * RECORD_BYTES, bytes.toString());
  }

  private static void note(Map<Integer, List<Long>> of, int size, long value) {
    of.computeIfAbsent(size, _ -> new ArrayList<>()).add(value);
  }

  private static long least(Map<Integer, List<Long>> of, int size) {
    return Math.max(1, Collections.min(of.getOrDefault(size, List.of(0L))));
  }

  /**
   * A Linux guest that begins by reading a whole file, beside all else that comes as fast as it
   * can. QEMU itself tells how long each fault took.
   */
  @ParameterizedTest
  @ValueSource(strings = {"unix", "tcp"})
  void howLongFaultsTakeBesideBulkIsPrinted(String network)
      throws IOException, InterruptedException {
    String version = Lab.QEMU_11;
    GuestSetup setup = Guest.of(version).linux("dirtykb=1024 period=0.1 fillmb=160").memoryMiB(320);
    Path store = directory.resolve("linux");
    try (Guest guest = setup.start()) {
      guest.awaitCount(7); // the next one reads the file
      SavedGuest.save(guest, store, "vm");
    }
    List<Long> faults = new ArrayList<>();
    List<Long> stoodStillMillis = new ArrayList<>();
    List<Long> runningMillis = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      try (Guest guest = Guest.of(version).linux("").memoryMiB(320).incoming("defer").start()) {
        JsonNode done = resume(store, "--to", listen(guest, network));
        assertTrue(done.path("requestsServed").asInt() > 0, done.toString());
        JsonNode migration = guest.execute("query-migrate", Map.of());
        assertEquals("completed", migration.path("status").asText());
        runningMillis.add(done.path("runningMillis").asLong());
        stoodStillMillis.add(migration.path("postcopy-blocktime").asLong());
        add(faults, migration.path("postcopy-latency-dist"));
        guest.awaitCount(17);
        guest.assertUnbroken();
      }
    }
    System.out.printf(
        "%s %s: ran after %s ms, stood still for %s ms in all; %d faults, p50 %s, p90 %s, p99 %s,"
            + " all %s; by powers of 2 µs %s%n",
        version,
        network,
        runningMillis,
        stoodStillMillis,
        faults.stream().mapToLong(Long::longValue).sum(),
        bucket(faults, 0.5),
        bucket(faults, 0.9),
        bucket(faults, 0.99),
        bucket(faults, 1),
        faults);
  }

  /** Has the guest listen, and keep account of its faults. */
  private static String listen(Guest guest, String network)
      throws IOException, InterruptedException {
    List<Map<String, Object>> on = new ArrayList<>();
    for (String each : List.of("postcopy-ram", "postcopy-blocktime")) {
      on.add(Map.of("capability", each, "state", true));
    }
    guest.execute("migrate-set-capabilities", Map.of("capabilities", on));
    boolean unix = network.equals("unix");
    String address = unix ? "unix:" + guest.directory().resolve("in") : "tcp:127.0.0.1:0";
    guest.execute("migrate-incoming", Map.of("uri", address));
    JsonNode at = guest.execute("query-migrate", Map.of()).path("socket-address").get(0);
    return unix ? address : "tcp:127.0.0.1:" + at.path("port").asText();
  }

  private static void add(List<Long> sums, JsonNode buckets) {
    assertTrue(buckets.size() > 0, "QEMU tells how long its faults took");
    for (int i = 0; i < buckets.size(); i++) {
      if (i == sums.size()) {
        sums.add(0L);
      }
      sums.set(i, sums.get(i) + buckets.get(i).asLong());
    }
  }

  /** A bucket of QEMU's has the faults of 2^i to 2^(i+1) microseconds. */
  private static String bucket(List<Long> buckets, double share) {
    long all = buckets.stream().mapToLong(Long::longValue).sum();
    long sum = 0;
    for (int i = 0; i < buckets.size(); i++) {
      sum += buckets.get(i);
      if (sum >= share * all && sum > 0) {
        return "< " + (2L << i) + " µs";
      }
    }
    return "none";
  }
}

package dev.cairn.tests.locks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Store;
import dev.cairn.tests.Child;
import dev.cairn.tests.Leftovers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two who write one chain at once: each point is one's, whole, and none that is told is lost. */
class ManyWritersTest {
  private static final int EACH = 40;
  private static final long DEADLINE_SECONDS = 120;
  private static final List<String> SMALL_JVM =
      List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private final Path directory;
  private final Path path;
  private final TreeMap<Long, Long> memories = new TreeMap<>();

  ManyWritersTest(@TempDir Path directory) {
    this.directory = directory;
    this.path = directory.resolve("store");
  }

  @BeforeEach
  void makeStore() throws IOException {
    LockStore.make(path);
    memories.put(0L, 0L);
  }

  private synchronized void acknowledged(long point, long memory) {
    assertNull(memories.put(point, memory), () -> "two have made " + point);
  }

  private void everyPointIsThere(String who, long busy) throws IOException {
    assertEquals(2 * EACH + 1, memories.size());
    assertEquals(2L * EACH, memories.lastKey());
    try (Store store = LockStore.open(path, Clock.systemUTC());
        Chain chain = store.open(LockStore.CHAIN)) {
      LockStore.requireExact(chain, memories);
    }
    Leftovers.requireNone(path);
    System.out.println(
        "locks: two %s made %d points, %d times busy".formatted(who, 2 * EACH, busy));
    assertTrue(busy > 0, "they met");
  }

  @Test
  void twoProcesses() throws IOException, InterruptedException {
    long busy = 0;
    try (Child one = child(1000, true);
        Child two = child(2000, false)) {
      for (Child child : List.of(one, two)) {
        for (String line : child.await(0).lines().toList()) {
          String[] words = line.split(" ", -1);
          if (words[0].equals("busy")) {
            busy += Long.parseLong(words[1]);
          } else {
            acknowledged(Long.parseLong(words[1]), Long.parseLong(words[2]));
          }
        }
      }
    }
    everyPointIsThere("processes", busy);
  }

  private Child child(long memory, boolean late) throws IOException {
    return Child.java(
        directory,
        SMALL_JVM,
        Writing.class,
        path.toString(),
        String.valueOf(memory),
        String.valueOf(EACH),
        String.valueOf(late));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void twoThreads(boolean ofOneChain) throws Exception {
    long busy = 0;
    try (Store store = LockStore.open(path, Clock.systemUTC());
        Chain first = store.open(LockStore.CHAIN);
        Chain second = store.open(LockStore.CHAIN);
        ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Future<Long>> running = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        Writing writing =
            new Writing(i == 0 || ofOneChain ? first : second, i == 0, this::acknowledged);
        long memory = 1000 + i * 1000L;
        running.add(threads.submit(() -> writing.run(memory, EACH)));
      }
      for (Future<Long> thread : running) {
        busy += thread.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
      }
    }
    everyPointIsThere(ofOneChain ? "threads with one chain" : "threads with a chain each", busy);
  }
}

package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Store;
import dev.cairn.store.BusyException;
import dev.cairn.store.io.HookedDirectory;
import dev.cairn.store.io.StoreLock;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A merger beside a writer: it keeps the chain small, makes the writer wait, or says it cannot. */
@Timeout(60)
class BackgroundMergerTest {
  private static final int PAGES = 300;
  private static final Duration SOON = Duration.ofMillis(1);

  private final MemoryStore disk;
  private final History history = new History(11);
  private final AtomicBoolean full = new AtomicBoolean();
  private final AtomicBoolean buggy = new AtomicBoolean();
  private final Log log = new Log();
  private Chain chain;

  BackgroundMergerTest() throws IOException {
    disk = new MemoryStore(11);
    chain = open(Duration.ofSeconds(30), true);
  }

  /** Opens, or makes, the chain in a process whose disk can be full. */
  private Chain open(Duration patience, boolean create) throws IOException {
    Environment environment = new Environment(Clock.systemUTC(), new Random(3), patience);
    HookedDirectory.Hook hook =
        (call, path) -> {
          if (full.get() && call == HookedDirectory.Call.WRITE) {
            throw new IOException(path + ": No space left on device");
          }
          if (buggy.get() && call == HookedDirectory.Call.WRITE) {
            throw new IllegalStateException("a bug");
          }
        };
    try (Store store =
        Store.open(new HookedDirectory(disk.disk().asProcess("writer"), hook), environment)) {
      return create ? store.create("vm", MemoryImage.PAGE) : store.open("vm");
    }
  }

  /** Hears what the merger says. Thread-safe. */
  private static final class Log implements BackgroundMerger.Listener {
    final List<IOException> failures = new ArrayList<>();
    final Semaphore failed = new Semaphore(0);
    final List<IOException> stops = new ArrayList<>();
    int merged;

    @Override
    public synchronized void merged(Merger.Report report) {
      merged++;
    }

    @Override
    public synchronized void failed(IOException failure) {
      failures.add(failure);
      failed.release();
    }

    @Override
    public synchronized void stopped(IOException failure) {
      stops.add(failure);
    }
  }

  private BackgroundMerger merger(int mostLayers) {
    return new BackgroundMerger(
        chain, Policies.DEFAULT, new BackgroundMerger.Limits(SOON, mostLayers, 3), log);
  }

  private int layers() throws IOException {
    return chain.manifest().layers().size();
  }

  private void checkpoints(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      history.checkpoint(chain, PAGES);
    }
  }

  @BeforeEach
  void writeTheBase() throws IOException {
    checkpoints(1);
  }

  @AfterEach
  void everyPointIsExact() throws IOException {
    full.set(false);
    history.assertClean(chain);
    chain.close();
  }

  @Test
  void aChainStaysSmallWhileItIsWritten() throws IOException {
    try (BackgroundMerger merger = merger(8)) {
      for (int i = 0; i < 60; i++) {
        assertTrue(merger.awaitRoom());
        checkpoints(1);
        merger.ask();
        assertTrue(layers() <= 9, layers() + " layers after checkpoint " + i);
      }
    }
    assertEquals(List.of(), log.failures);
    assertTrue(log.merged > 0);
    assertEquals(61, history.assertExact(chain).size());
  }

  @Test
  void aWriterWaitsUntilThereIsRoom() throws IOException {
    checkpoints(10);
    assertEquals(10, layers());
    try (BackgroundMerger merger = merger(5)) {
      assertTrue(merger.awaitRoom());
      assertTrue(layers() <= 5, layers() + " layers");
    }
  }

  @Test
  void itStopsLoudlyWhenItFailsAgainAndAgain() throws IOException {
    checkpoints(6);
    full.set(true);
    try (BackgroundMerger merger = merger(2)) {
      assertFalse(merger.awaitRoom());
      assertTrue(merger.isBroken());
      assertFalse(merger.awaitRoom(), "a writer is not held for ever");
    }
    assertEquals(3, log.failures.size());
    assertEquals(1, log.stops.size());
    assertTrue(
        String.valueOf(log.failures.getFirst().getMessage()).contains("No space"),
        () -> "" + log.failures);
    full.set(false);
    chain.close();
    chain = open(Duration.ofSeconds(30), false);
    try (BackgroundMerger merger = merger(2)) {
      assertTrue(merger.awaitRoom());
    }
  }

  @Test
  void somebodyElseWhoMergesIsNoFault() throws IOException, InterruptedException {
    checkpoints(6);
    chain.close();
    chain = open(Duration.ZERO, false);
    try (BackgroundMerger merger = merger(2)) {
      try (Chain other = disk.chain("vm");
          StoreLock _ = other.lockMerge()) {
        for (int i = 0; i < 5; i++) {
          merger.ask();
          assertTrue(log.failed.tryAcquire(20, TimeUnit.SECONDS), "attempt " + i);
        }
        assertFalse(merger.isBroken());
      }
      assertTrue(merger.awaitRoom());
    }
    assertTrue(log.failures.stream().allMatch(BusyException.class::isInstance), "" + log.failures);
    assertEquals(List.of(), log.stops);
  }

  /** Who waits for room would wait for ever. */
  @Test
  void aFailureThatNobodyForesawStopsItLoudly() throws IOException {
    checkpoints(6);
    buggy.set(true);
    try (BackgroundMerger merger = merger(2)) {
      assertFalse(merger.awaitRoom());
      assertTrue(merger.isBroken());
      assertFalse(merger.awaitRoom(), "a writer is not held for ever");
    } finally {
      buggy.set(false);
    }
    assertEquals(1, log.stops.size());
    assertTrue(log.stops.getFirst().getCause() instanceof IllegalStateException);
  }

  @Test
  void anInterruptedMergerHoldsNobody() throws IOException, InterruptedException {
    checkpoints(6);
    try (BackgroundMerger merger = merger(2)) {
      Thread thread =
          Thread.getAllStackTraces().keySet().stream()
              .filter(t -> t.getName().equals("cairn-merge-vm"))
              .findFirst()
              .orElseThrow();
      thread.interrupt();
      thread.join();
      assertFalse(merger.awaitRoom());
      assertTrue(merger.isBroken());
    }
    assertEquals(1, log.stops.size());
  }

  @Test
  void closedItDoesNothingAnyMore() throws IOException {
    BackgroundMerger merger = merger(2);
    merger.close();
    checkpoints(6);
    merger.ask();
    assertFalse(merger.awaitRoom());
    assertFalse(merger.isBroken(), "it did not give up");
    assertEquals(6, layers());
  }
}

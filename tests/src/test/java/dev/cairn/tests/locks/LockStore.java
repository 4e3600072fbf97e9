package dev.cairn.tests.locks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Finding;
import dev.cairn.chain.PageImage;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Restorer;
import dev.cairn.chain.Store;
import dev.cairn.chain.Verifier;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.tests.MemorySink;
import dev.cairn.tests.NumberedMemory;
import dev.cairn.tests.WholeImage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A store with a chain {@code vm}, as these tests use it. */
final class LockStore {
  static final String CHAIN = "vm";
  static final NumberedMemory MEMORY = new NumberedMemory(64);

  private static final long DEADLINE_SECONDS = 60;
  private static final long LOOK_NANOS = 1_000_000;

  private LockStore() {}

  static Environment environment(Clock clock) {
    return new Environment(clock, new Random(), Duration.ofSeconds(30));
  }

  static Store open(Path path, Clock clock) throws IOException {
    return Store.open(FileSystemDirectory.open(path), environment(clock));
  }

  /** Makes the store, the chain and its first point, of the memory 0. */
  static void make(Path path) throws IOException {
    try (Store store =
            Store.create(FileSystemDirectory.create(path), environment(Clock.systemUTC()));
        Chain chain = store.create(CHAIN, NumberedMemory.PAGE_SIZE)) {
      checkpoint(chain, 0);
    }
  }

  /** Something that another one brings about. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws IOException;
  }

  /** Waits for it, and fails after a minute. */
  static void await(String what, Condition condition) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new IOException("waited in vain for " + what);
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /** Stores a memory; returns the number of the point. */
  static long checkpoint(Chain chain, long memory) throws IOException {
    return checkpoint(chain, new WholeImage(MEMORY.at(memory)));
  }

  static long checkpoint(Chain chain, PageImage image) throws IOException {
    return new Checkpointer(chain)
        .checkpoint(image, Checkpointer.Options.DEFAULT, Progress.NONE)
        .point()
        .checkpoint();
  }

  /** Verifies a chain, and restores its points, of which it is known what memory each has. */
  static void requireExact(Chain chain, Map<Long, Long> memories) throws IOException {
    List<Finding> findings = new ArrayList<>();
    new Verifier(chain, findings::add, 1, new Random(1)).run();
    assertEquals(List.of(), findings);
    try (ChainSnapshot snapshot = chain.snapshot()) {
      assertEquals(memories.keySet(), snapshot.points().keySet());
      for (Map.Entry<Long, Long> point : memories.entrySet()) {
        try (MemorySink sink = new MemorySink()) {
          new Restorer(snapshot.view(point.getKey()), sink, Progress.NONE).run(1);
          MEMORY.check(point.getValue(), sink.bytes(), chain.name() + "@" + point.getKey());
        }
      }
    }
  }
}

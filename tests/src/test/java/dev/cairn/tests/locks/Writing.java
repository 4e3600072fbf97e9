package dev.cairn.tests.locks;

import dev.cairn.chain.Chain;
import dev.cairn.store.BusyException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.function.BiConsumer;

/**
 * One of several writers: makes points until it has made enough, and captures again whenever
 * another one was faster. As a process its arguments are: store, first memory, count.
 */
final class Writing {
  private final Chain chain;
  private final BiConsumer<Long, Long> acknowledged;
  private long busy;

  /**
   * @param acknowledged is told of a point and its memory
   */
  Writing(Chain chain, BiConsumer<Long, Long> acknowledged) {
    this.chain = chain;
    this.acknowledged = acknowledged;
  }

  public static void main(String[] arguments) throws IOException {
    try (var store = LockStore.open(Path.of(arguments[0]), Clock.systemUTC());
        Chain chain = store.open(LockStore.CHAIN)) {
      Writing writing =
          new Writing(
              chain, (point, memory) -> System.out.println("acknowledged " + point + " " + memory));
      long busy = writing.run(Long.parseLong(arguments[1]), Integer.parseInt(arguments[2]));
      System.out.println("busy " + busy);
    }
  }

  /** Returns how often another one was faster. */
  long run(long firstMemory, int count) throws IOException {
    for (long memory = firstMemory; memory < firstMemory + count; ) {
      try {
        acknowledged.accept(LockStore.checkpoint(chain, memory), memory);
        memory++;
      } catch (BusyException e) {
        busy++;
      }
    }
    return busy;
  }
}

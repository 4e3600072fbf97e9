package dev.cairn.tests.locks;

import dev.cairn.chain.Chain;
import dev.cairn.chain.PageImage;
import dev.cairn.store.BusyException;
import dev.cairn.tests.WholeImage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.function.BiConsumer;

/**
 * One of several writers: makes points until it has made enough, and captures again whenever
 * another one was faster. One of the two, the late one, is overtaken at its first point, whatever
 * chance says. As a process its arguments are: store, first memory, count, and whether it is that
 * one.
 */
final class Writing {
  private final Chain chain;
  private final BiConsumer<Long, Long> acknowledged;
  private boolean late;
  private long busy;

  /**
   * @param late whether it lets another one be faster once
   * @param acknowledged is told of a point and its memory
   */
  Writing(Chain chain, boolean late, BiConsumer<Long, Long> acknowledged) {
    this.chain = chain;
    this.late = late;
    this.acknowledged = acknowledged;
  }

  public static void main(String[] arguments) throws IOException {
    try (var store = LockStore.open(Path.of(arguments[0]), Clock.systemUTC());
        Chain chain = store.open(LockStore.CHAIN)) {
      Writing writing =
          new Writing(
              chain,
              Boolean.parseBoolean(arguments[3]),
              (point, memory) -> System.out.println("acknowledged " + point + " " + memory));
      long busy = writing.run(Long.parseLong(arguments[1]), Integer.parseInt(arguments[2]));
      System.out.println("busy " + busy);
    }
  }

  /** Returns how often another one was faster. */
  long run(long firstMemory, int count) throws IOException {
    if (!late) {
      LockStore.await("a late one", this::hasALateOneBegun);
    }
    for (long memory = firstMemory; memory < firstMemory + count; ) {
      try {
        acknowledged.accept(checkpoint(memory), memory);
        memory++;
      } catch (BusyException e) {
        busy++;
      }
    }
    return busy;
  }

  private long checkpoint(long memory) throws IOException {
    PageImage image = new WholeImage(LockStore.MEMORY.at(memory));
    if (late) {
      late = false;
      return LockStore.checkpoint(chain, new LateImage(image, chain));
    }
    return LockStore.checkpoint(chain, image);
  }

  /** It has its unfinished file already, and its picture of the chain. */
  private boolean hasALateOneBegun() throws IOException {
    return chain.directory().list().stream().anyMatch(name -> name.endsWith(".tmp"));
  }
}

package dev.cairn.transport.receive;

import dev.cairn.transport.link.Link;
import java.io.Closeable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.BiFunction;

/** Owns the threads that fetch over the data links of one source. Thread-safe. */
final class FetchThreads implements Closeable {
  /**
   * What a source is fetched for, once it holds the point. Immutable.
   *
   * @param reach what of it the source has
   */
  record Purpose(Reception reception, Fetcher.Reach reach) {}

  private final List<Thread> threads = new ArrayList<>(); // guarded by itself
  private final BiFunction<String, Runnable, Thread> starter;

  /** Takes who starts a thread of a name. */
  FetchThreads(BiFunction<String, Runnable, Thread> starter) {
    this.starter = starter;
  }

  /** Returns those whose threads are virtual. */
  static FetchThreads virtual() {
    return new FetchThreads((name, task) -> Thread.ofVirtual().name(name).start(task));
  }

  /** Fetches over a link, as soon as it is known for what. */
  void start(Link link, CompletableFuture<Purpose> purpose) {
    synchronized (threads) {
      threads.removeIf(thread -> !thread.isAlive());
      threads.add(starter.apply("cairn-fetch " + link.name(), () -> fetch(link, purpose)));
    }
  }

  private static void fetch(Link link, CompletableFuture<Purpose> purpose) {
    try {
      Purpose known = purpose.get();
      known.reception().fetch(link, known.reach());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      // The source does not hold the point: nothing is fetched from it.
    }
  }

  /** Waits until nothing is fetched any more; the links have been closed. */
  @Override
  public void close() {
    List<Thread> all;
    synchronized (threads) {
      all = List.copyOf(threads);
    }
    all.forEach(FetchThreads::join);
  }

  /** Waits for a thread, however often this one is interrupted: memory is in use until then. */
  static void join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

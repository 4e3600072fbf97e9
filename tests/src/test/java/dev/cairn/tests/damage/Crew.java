package dev.cairn.tests.damage;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Does something for each of many damages, on all cores, and tells which one hangs. */
public final class Crew {
  private static final long HANG_SECONDS = 60;

  /** What is done for one damage; each thread makes one. */
  public interface Worker<T> {
    void take(T harm) throws Exception;
  }

  /** Makes workers. */
  public interface Hiring<T> {
    Worker<T> hire();
  }

  private static final class Desk {
    volatile @Nullable Object harm;
    volatile long sinceNanos = System.nanoTime();
  }

  private Crew() {}

  /** Takes every damage; fails with the first that a worker fails at. */
  public static <T> void work(List<T> harms, Hiring<T> hiring) throws Exception {
    int cores = Runtime.getRuntime().availableProcessors();
    AtomicInteger next = new AtomicInteger();
    List<Desk> desks = new ArrayList<>();
    List<Future<?>> done = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(cores);
    try {
      for (int i = 0; i < cores; i++) {
        Desk desk = new Desk();
        desks.add(desk);
        done.add(
            threads.submit(
                () -> {
                  drain(harms, next, hiring.hire(), desk);
                  return null;
                }));
      }
      for (Future<?> one : done) {
        await(one, desks);
      }
    } finally {
      next.set(harms.size());
      threads.shutdownNow();
    }
  }

  private static <T> void drain(List<T> harms, AtomicInteger next, Worker<T> worker, Desk desk) {
    for (int i = next.getAndIncrement(); i < harms.size(); i = next.getAndIncrement()) {
      T harm = harms.get(i);
      desk.harm = harm;
      desk.sinceNanos = System.nanoTime();
      try {
        worker.take(harm);
      } catch (Throwable e) {
        throw new AssertionError(harm + ": " + e, e);
      }
    }
    desk.harm = null;
  }

  private static void await(Future<?> one, List<Desk> desks) throws Exception {
    while (true) {
      try {
        one.get(1, TimeUnit.SECONDS);
        return;
      } catch (TimeoutException e) {
        desks.forEach(Crew::requireProgress);
      } catch (ExecutionException e) {
        throw new AssertionError(Objects.requireNonNull(e.getCause()).getMessage(), e.getCause());
      }
    }
  }

  private static void requireProgress(Desk desk) {
    Object harm = desk.harm;
    long seconds = (System.nanoTime() - desk.sinceNanos) / 1_000_000_000;
    if (harm != null && seconds > HANG_SECONDS) {
      throw new AssertionError("hangs: " + harm);
    }
  }
}

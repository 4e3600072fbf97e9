package dev.cairn.tests.history;

import static org.junit.jupiter.api.Assertions.fail;

import dev.cairn.tests.Settings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Random histories of many chains against the model. Every history has its own seed, which a
 * failure prints together with the smallest list of steps that still fails. Rerun with {@code
 * -Dtests.seed=}; more with {@code -Dcairn.soak=N}, which is N times as many.
 */
@Execution(ExecutionMode.SAME_THREAD)
class HistoryRandomTest {
  private static final int STEPS = 1000;
  private static final int HISTORIES = 100;

  /** A history that failed. */
  private record Failure(long seed, List<Op> ops, Throwable cause) {}

  @Test
  void everyHistoryEndsAsTheModelSays() throws Exception {
    long seed = Settings.seed();
    int histories = Settings.isRerun() ? 1 : HISTORIES * Settings.soak();
    List<Failure> failures = new ArrayList<>();
    try (ExecutorService workers =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
      List<Future<List<Failure>>> futures = new ArrayList<>();
      for (int i = 0; i < histories; i++) {
        long own = seed + i;
        futures.add(workers.submit(() -> run(own)));
      }
      for (Future<List<Failure>> future : futures) {
        failures.addAll(future.get());
        if (!failures.isEmpty()) {
          futures.forEach(f -> f.cancel(false));
          break;
        }
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    if (!failures.isEmpty()) {
      tell(failures.getFirst());
    }
  }

  private static List<Failure> run(long seed) {
    List<Op> ops = new ArrayList<>();
    try {
      History history = History.of(1);
      OpGenerator generator = new OpGenerator(new Random(seed));
      for (int i = 0; i < STEPS; i++) {
        Op op = generator.next(history.model());
        ops.add(op);
        history.apply(op);
      }
      history.checkAll();
      return List.of();
    } catch (IOException | RuntimeException | AssertionError e) {
      return List.of(new Failure(seed, ops, e));
    }
  }

  private static void tell(Failure failure) {
    List<Op> small = new Shrinker(HistoryRandomTest::fails).shrink(failure.ops());
    fail(
        "a history failed; rerun with -Dtests.seed="
            + failure.seed()
            + "\n"
            + failure.cause()
            + "\nthe smallest list of steps that fails ("
            + small.size()
            + " of "
            + failure.ops().size()
            + "):\n"
            + Code.lines(small),
        failure.cause());
  }

  private static boolean fails(List<Op> ops) {
    try {
      History.replay(ops, (_, _) -> false);
      return false;
    } catch (IOException | RuntimeException | AssertionError e) {
      return true;
    }
  }
}

package dev.cairn.tests.fuzz;

import com.sun.management.ThreadMXBean;
import dev.cairn.store.BadInputException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.RefusedException;
import dev.cairn.store.StoreException;
import java.io.IOException;
import java.lang.management.ManagementFactory;

/**
 * Holds one reading of an input to its promises: it ends with a documented exception or with
 * something sound, and allocates no more than the input is worth. Immutable.
 *
 * @param target whose reader
 */
record FuzzGuard(FuzzTarget target) {
  private static final int MOST_ROUNDS = 3;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /**
   * What became of an input.
   *
   * @param accepted rather than refused
   * @param allocated heap bytes, in all
   * @param says the refusal, or nothing
   */
  record Outcome(boolean accepted, long allocated, String says) {}

  /**
   * Reads an input; throws an {@link AssertionError} if a promise is broken. Too much allocated
   * counts if it happens each time: a class that is loaded takes what it takes once.
   */
  Outcome run(byte[] input) {
    Outcome outcome = once(input);
    for (int i = 1; i < MOST_ROUNDS && isTooMuch(outcome, input); i++) {
      outcome = once(input);
    }
    if (isTooMuch(outcome, input)) {
      throw new AssertionError(
          "%s: %d bytes made it allocate %d, more than %d"
              .formatted(target.name(), input.length, outcome.allocated, target.allowance(input)));
    }
    return outcome;
  }

  private boolean isTooMuch(Outcome outcome, byte[] input) {
    return outcome.allocated > Allowance.CONSTANT && outcome.allocated > target.allowance(input);
  }

  private Outcome once(byte[] input) {
    byte[] own = input.clone();
    long before = THREADS.getCurrentThreadAllocatedBytes();
    String refusal = refusal(own);
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    return new Outcome(refusal.isEmpty(), allocated, refusal);
  }

  private String refusal(byte[] input) {
    try {
      target.read(input);
      return "";
    } catch (StoreException e) {
      boolean documented =
          e instanceof CorruptFileException
              || e instanceof RefusedException
              || e instanceof BadInputException;
      String message = String.valueOf(e.getMessage());
      if (!documented || message.isBlank()) {
        throw new AssertionError("not a documented refusal: " + e, e);
      }
      return message;
    } catch (IOException e) {
      throw new AssertionError("not a documented refusal: " + e, e);
    }
  }
}

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
  private static final ThreadMXBean THREADS =
      (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /**
   * What became of an input.
   *
   * @param accepted rather than refused
   * @param allocated heap bytes, in all
   * @param says the refusal, or nothing
   */
  record Outcome(boolean accepted, long allocated, String says) {}

  /** Reads an input; throws an {@link AssertionError} if a promise is broken. */
  Outcome run(byte[] input) {
    byte[] own = input.clone();
    long allowance = target.allowance(own);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    String refusal = refusal(own);
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    if (allocated > allowance) {
      throw new AssertionError(
          target.name()
              + ": "
              + input.length
              + " bytes made it allocate "
              + allocated
              + ", more than "
              + allowance);
    }
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

package dev.cairn.tests.fuzz;

import com.sun.management.ThreadMXBean;
import dev.cairn.store.BadInputException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.RefusedException;
import java.io.IOException;
import java.lang.management.ManagementFactory;

/**
 * Holds one reading of an input to its promises: it ends with a documented exception or with
 * something sound, and allocates no more than the input is worth. Immutable.
 *
 * @param target whose reader
 * @param judge of an input that seems to take too much
 */
record FuzzGuard(FuzzTarget target, Judge judge) {
  /**
   * Has the last word on an input that took too much. A fuzzer's hooks take memory of their own for
   * each comparison that they note, so what is measured under them is only a suspicion.
   */
  interface Judge {
    /** Returns by how much more must have been taken than is allowed to be a suspicion. */
    int slack();

    /** Tells whether the input takes too much. */
    boolean confirms(byte[] input);
  }

  /** Believes what was measured. */
  private record Believer() implements Judge {
    @Override
    public int slack() {
      return 1;
    }

    @Override
    public boolean confirms(byte[] input) {
      return true;
    }
  }

  private static final int MOST_ROUNDS = 3;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** A guard that believes what it measures. */
  FuzzGuard(FuzzTarget target) {
    this(target, new Believer());
  }

  /**
   * What became of an input.
   *
   * @param accepted rather than refused
   * @param allocated heap bytes, in all
   * @param allowed how many there may be
   * @param says the refusal, or nothing
   */
  record Outcome(boolean accepted, long allocated, long allowed, String says) {
    private boolean isTooMuch() {
      return allocated > allowed;
    }
  }

  /**
   * Reads an input; throws an {@link AssertionError} if a promise is broken. Too much allocated
   * counts if it happens each time: a class that is loaded takes what it takes once.
   */
  Outcome run(byte[] input) {
    Outcome outcome = once(input);
    for (int i = 1; i < MOST_ROUNDS && outcome.isTooMuch(); i++) {
      outcome = once(input);
    }
    if (outcome.isTooMuch() && judge.confirms(input)) {
      throw new AssertionError(
          "%s: %d bytes made it allocate %d, more than %d"
              .formatted(target.name(), input.length, outcome.allocated, outcome.allowed));
    }
    return outcome;
  }

  private Outcome once(byte[] input) {
    byte[] own = input.clone();
    String refusal = "";
    Allowance.Extra extra = Allowance.Extra.NONE;
    long before = THREADS.getCurrentThreadAllocatedBytes();
    try {
      extra = target.read(own);
    } catch (IOException e) {
      refusal = refusal(e);
    }
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    long allowed = judge.slack() * target.allowance().of(input.length, extra);
    return new Outcome(refusal.isEmpty(), allocated, allowed, refusal);
  }

  /** Returns what a refusal says, if it is a documented one. */
  private static String refusal(IOException e) {
    boolean documented =
        e instanceof CorruptFileException
            || e instanceof RefusedException
            || e instanceof BadInputException;
    String message = String.valueOf(e.getMessage());
    if (!documented || message.isBlank()) {
      throw new AssertionError("not a documented refusal: " + e, e);
    }
    return message;
  }
}

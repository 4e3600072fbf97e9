package dev.cairn.tests.guardian;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.qemu.Guest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Brings a real capture to a state, and keeps it there: of what is between it and QEMU, what would
 * lead out of that state does not pass until {@link #release}. Thread-safe.
 */
final class AtState implements MiddleMan.Meddler {
  /** In the midst of the pages of a checkpoint. */
  private static final int MIDST_BYTES = 20_000;

  private final State state;
  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);
  private final AtomicInteger migrations = new AtomicInteger();
  private final AtomicBoolean stopped = new AtomicBoolean();

  /** The capture itself has asked for a pause. */
  private final AtomicBoolean asked = new AtomicBoolean();

  private final AtomicBoolean ready = new AtomicBoolean();
  private final AtomicBoolean replied = new AtomicBoolean();

  /** An answer was held up: those behind it are lost with it. */
  private final AtomicBoolean lost = new AtomicBoolean();

  /** Nobody is told that the guest runs. */
  private final AtomicBoolean deaf = new AtomicBoolean();

  private final AtomicLong streamed = new AtomicLong();

  AtState(State state) {
    this.state = state;
  }

  /** Waits until the capture is there. */
  void await() throws InterruptedException {
    boolean there = reached.await(Guest.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertTrue(there, () -> "in time the capture is at " + state);
  }

  /** Everything passes from now on. */
  void release() {
    released.countDown();
  }

  private void hold() throws IOException {
    reached.countDown();
    await(released);
  }

  private void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted at " + state);
    }
  }

  @Override
  public void command(String line) throws IOException {
    boolean begins = line.contains("\"getfd\"");
    int begun = begins ? migrations.incrementAndGet() : migrations.get();
    if (begins) {
      streamed.set(0);
    }
    asked.compareAndSet(false, line.contains("\"execute\":\"stop\""));
    switch (state) {
      case S0, C0 -> holdIf(begins);
      case BETWEEN -> holdIf(begins && begun == 2);
      case C4 -> holdIf(ready.get() && line.contains("x-checkpoint-delay"));
      default -> {}
    }
  }

  private void holdIf(boolean there) throws IOException {
    if (there) {
      hold();
    }
  }

  @Override
  public String answer(String line) throws IOException {
    if (deaf.get() && released.getCount() > 0) {
      await(released);
    }
    if (line.contains("\"STOP\"")) {
      stopped.set(true);
      holdIf(state == State.T1 && asked.get());
    }
    return line;
  }

  @Override
  public byte[] stream(byte[] bytes) throws IOException {
    boolean begun = streamed.get() > 0;
    boolean midst = replied.get() && streamed.get() > MIDST_BYTES;
    switch (state) {
      case S1, C1 -> holdIf(begun);
      case H1 -> holdIf(begun && migrations.get() == 2);
      case S2_HALF -> holdIf(stopped.get());
      case C5 -> holdIf(ready.get());
      case C6 -> holdIf(replied.get());
      case C7 -> holdIf(midst);
      default -> {}
    }
    streamed.addAndGet(bytes.length);
    return bytes;
  }

  @Override
  public boolean passes(String answer) throws IOException {
    boolean out =
        switch (state) {
          case S2, C2 -> answer.equals("SHUT");
          case C2_SHUT -> answer.equals("CHECKPOINT_READY");
          case C8 -> answer.equals("VMSTATE_RECEIVED");
          default -> false;
        };
    if (out) {
      lost.set(true);
      hold();
    }
    deaf.set(deaf.get() || answer.equals(last()));
    return !lost.get();
  }

  /** Returns the answer behind which the guest goes on, in states that end with that. */
  private String last() {
    return switch (state) {
      case S4 -> "SHUT";
      case C3 -> "CHECKPOINT_READY";
      case C9 -> "VMSTATE_LOADED";
      default -> "";
    };
  }

  @Override
  public void passed(String answer) throws IOException {
    if (answer.equals("CHECKPOINT_READY")) {
      ready.set(true);
    } else if (answer.equals("CHECKPOINT_REPLY")) {
      streamed.set(0);
      replied.set(true);
    }
    holdIf(answer.equals(last()));
  }
}

package dev.cairn.tools.guardian;

import java.io.InterruptedIOException;
import java.time.Duration;

/** The time of a rescue, so that a test can have its own. */
interface RescueTime {
  /** As {@link System#nanoTime}. */
  long nanos();

  /** Lets time pass. */
  void pass(Duration duration) throws InterruptedIOException;

  /** That of this machine. */
  RescueTime REAL =
      new RescueTime() {
        @Override
        public long nanos() {
          return System.nanoTime();
        }

        @Override
        public void pass(Duration duration) throws InterruptedIOException {
          try {
            Thread.sleep(duration);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
          }
        }
      };
}

package dev.cairn.transport.receive;

import dev.cairn.transport.link.FailureException;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Knows which sources of one reception answer, and ends it when nobody can give what is lacking.
 * Thread-safe.
 */
final class Sources implements Closeable {
  private final Reception reception;
  private final Duration patience;
  private final ScheduledExecutorService timer;

  // All of these are guarded by this.
  private final Map<String, Fetcher.Reach> running = new HashMap<>();
  private int left;
  private @Nullable ScheduledFuture<?> giveUp;
  private boolean closed;

  /**
   * @param count of all sources
   * @param patience how long there may be none
   */
  Sources(Reception reception, int count, Duration patience, ScheduledExecutorService timer) {
    this.reception = reception;
    this.left = count;
    this.patience = patience;
    this.timer = timer;
    startGivingUp();
  }

  /** Says that a source answers. */
  synchronized void running(String source, Fetcher.Reach reach) {
    running.put(source, reach);
    if (giveUp != null) {
      giveUp.cancel(false);
      giveUp = null;
    }
  }

  /** Says that a source does not answer, for now. */
  synchronized void lost(String source) {
    if (running.remove(source) != null && running.isEmpty()) {
      startGivingUp();
    }
  }

  /** Says that a source will not be asked any more. */
  synchronized void gone(String source, IOException why) {
    running.remove(source);
    left--;
    if (left == 0) {
      reception.fail(why);
    }
  }

  /** Says that a source does not have a file; if nobody has, it cannot be received so. */
  synchronized void lacking(long file, String name, FailureException why) {
    if (!running.isEmpty() && running.values().stream().noneMatch(reach -> reach.serves(file))) {
      reception.fail(
          new IOException("no source has " + name + " any more: " + why.getMessage(), why));
    }
  }

  private void startGivingUp() {
    if (giveUp == null && !closed) {
      giveUp =
          timer.schedule(
              () ->
                  reception.fail(
                      new IOException(
                          "no source for "
                              + patience.toSeconds()
                              + " s; what came stays: the same command goes on")),
              patience.toMillis(),
              TimeUnit.MILLISECONDS);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (giveUp != null) {
      giveUp.cancel(false);
    }
  }
}

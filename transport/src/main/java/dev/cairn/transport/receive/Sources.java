package dev.cairn.transport.receive;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Knows which sources of one reception answer, and ends it when nobody can give what is lacking.
 * Thread-safe.
 */
final class Sources implements Closeable {
  private final Reception reception;
  private final Duration patience;
  private final Duration switchAfter;
  private final LongSupplier nanoTime;
  private final ScheduledFuture<?> looking;
  private final ReceiveListener listener;
  private final ScheduledExecutorService timer;

  // All of these are guarded by this.
  private final Map<String, Fetcher.Reach> running = new LinkedHashMap<>();
  private PullState state = PullState.PAUSED;
  private int left;
  private @Nullable ScheduledFuture<?> giveUp;
  private boolean closed;
  private long stuckSince;

  /**
   * @param count of all sources
   */
  Sources(
      Reception reception,
      int count,
      ReceiveSettings settings,
      ReceiveListener listener,
      ScheduledExecutorService timer) {
    this.listener = listener;
    this.patience = settings.patience();
    this.switchAfter = settings.switchAfter();
    this.nanoTime = settings.nanoTime();
    this.reception = reception;
    this.left = count;
    this.timer = timer;
    this.looking = timer.scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
    startGivingUp();
  }

  /** Says that a source is connected, and is about to be asked whether it holds the point. */
  synchronized void greeting() {
    if (running.isEmpty()) {
      become(PullState.RECOVERING);
    }
  }

  private void become(PullState next) {
    if (state != next && !closed) {
      state = next;
      listener.state(next);
    }
  }

  /** Says that a source answers. */
  synchronized void running(String source, Fetcher.Reach reach) {
    running.put(source, reach);
    become(PullState.RUNNING);
    if (giveUp != null) {
      giveUp.cancel(false);
      giveUp = null;
    }
  }

  /** Says that a source does not answer, for now. */
  synchronized void lost(String source) {
    boolean was = running.remove(source) != null;
    if (running.isEmpty()) {
      become(PullState.PAUSED);
      if (was) {
        startGivingUp();
      }
    }
  }

  /**
   * Says that a source refuses.
   *
   * @return whether it is left alone; else it is asked again, as somebody may depend on it
   */
  synchronized boolean leave(String source, IOException why) {
    running.remove(source);
    if (reception.isDependedOn()) {
      return false;
    }
    left--;
    if (left == 0) {
      reception.fail(why);
    }
    return true;
  }

  /** Once a second: what no source has that answers is waited for only so long. */
  private synchronized void look() {
    if (closed || running.isEmpty() || !reception.isStuck(this::serves)) {
      stuckSince = 0;
      return;
    }
    long now = nanoTime.getAsLong();
    stuckSince = stuckSince == 0 ? now : stuckSince;
    if (now - stuckSince >= switchAfter.toNanos() || reception.holding().isForgotten()) {
      stuckSince = 0;
      reception.fail(new OtherStateException(List.copyOf(running.keySet())));
    }
  }

  private boolean serves(long file) {
    return running.values().stream().anyMatch(reach -> reach.serves(file));
  }

  private void startGivingUp() {
    if (giveUp == null && !closed) {
      giveUp = timer.schedule(this::giveUp, patience.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** Where a guest may depend on it, it waits without end. */
  private void giveUp() {
    if (!reception.isDependedOn()) {
      reception.fail(
          new IOException(
              "no source for "
                  + patience.toSeconds()
                  + " s; what came stays: the same command goes on"));
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    looking.cancel(false);
    if (giveUp != null) {
      giveUp.cancel(false);
    }
  }
}

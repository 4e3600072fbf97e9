package dev.cairn.transport.link;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * When a connection has to be READY: else it is shut down, whatever waits in it. Thread-safe;
 * closed when it is READY.
 */
final class Deadline implements AutoCloseable {
  private final LinkSettings settings;
  private final Duration patience;
  private final long end;
  private final AtomicBoolean over = new AtomicBoolean();
  private final ScheduledFuture<?> watch;

  /**
   * Begins now.
   *
   * @param shutdown ends the connection, without waiting
   */
  Deadline(LinkSettings settings, Runnable shutdown) {
    this.settings = settings;
    patience = settings.periods().handshake();
    end = settings.nanoTime().getAsLong() + patience.toNanos();
    watch =
        settings
            .timer()
            .schedule(
                () -> {
                  if (over.compareAndSet(false, true)) {
                    shutdown.run();
                  }
                },
                patience.toNanos(),
                TimeUnit.NANOSECONDS);
  }

  /** Returns what is left, at least a millisecond. */
  Duration left() {
    long nanos = end - settings.nanoTime().getAsLong();
    return Duration.ofNanos(Math.max(TimeUnit.MILLISECONDS.toNanos(1), nanos));
  }

  /** Returns what to throw for a failure that the end of the time may have caused. */
  IOException explained(String name, IOException failure) {
    if (!isOver()) {
      return failure;
    }
    SocketTimeoutException late =
        new SocketTimeoutException(
            "%s: expected a handshake within %d ms, found none"
                .formatted(name, patience.toMillis()));
    late.initCause(failure);
    return late;
  }

  private boolean isOver() {
    return over.get() && !watch.isCancelled();
  }

  /**
   * Ends it in time.
   *
   * @throws SocketTimeoutException if it was too late
   */
  void met(String name) throws SocketTimeoutException {
    watch.cancel(false);
    if (!over.compareAndSet(false, true)) {
      throw new SocketTimeoutException(
          "%s: expected a handshake within %d ms, found none".formatted(name, patience.toMillis()));
    }
  }

  @Override
  public void close() {
    watch.cancel(false);
  }
}

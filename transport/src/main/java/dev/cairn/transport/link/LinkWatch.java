package dev.cairn.transport.link;

import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks after a link's time: says PING where nothing was sent, finds out that nothing comes or is
 * taken, and answers PING. Thread-safe. The timer and the reader call it, and never wait: what has
 * to be sent, a thread of its own sends, of which there is one at most.
 */
final class LinkWatch {
  /** Looks are so many times as frequent as what is looked for, which is known in time so. */
  private static final int LOOKS = 8;

  /** Numbers of PINGs: none of another request is so high. */
  private static final int PING = 1 << 31;

  private final Connection connection;
  private final Consumer<IOException> lost;
  private final long tick;
  private final AtomicBoolean sending = new AtomicBoolean();
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable ScheduledFuture<?> looks;
  private boolean stopped;
  private boolean pingDue;
  private int pings;
  private int pongs;
  private boolean pongDue;
  private int pongRequest;
  private long pongValue;

  LinkWatch(Connection connection, Consumer<IOException> lost) {
    this.connection = connection;
    this.lost = lost;
    LinkSettings.Periods periods = connection.settings().periods();
    long shortest = Math.min(periods.ping().toNanos(), periods.lost().toNanos());
    tick = Math.max(1, shortest / LOOKS);
  }

  void start() {
    lock.lock();
    try {
      if (!stopped) {
        looks =
            connection
                .settings()
                .timer()
                .scheduleAtFixedRate(this::look, tick, tick, TimeUnit.NANOSECONDS);
      }
    } finally {
      lock.unlock();
    }
  }

  void stop() {
    lock.lock();
    try {
      stopped = true;
      if (looks != null) {
        looks.cancel(false);
      }
    } finally {
      lock.unlock();
    }
  }

  private void look() {
    LinkSettings.Periods periods = connection.settings().periods();
    long now = connection.settings().nanoTime().getAsLong();
    if (connection.input().waitsFor(now) > periods.lost().toNanos() - tick) {
      lost.accept(
          new LinkLostException(
              "%s: the link is lost: expected a byte within %d ms, found none"
                  .formatted(connection.name(), periods.lost().toMillis())));
    } else if (connection.output().waitsFor(now) > periods.stuck().toNanos() - tick) {
      lost.accept(
          new LinkLostException(
              "%s: the link is lost: expected the peer to take bytes within %d ms, found that it"
                      .formatted(connection.name(), periods.stuck().toMillis())
                  + " takes none"));
    } else if (connection.output().silentFor(now) > periods.ping().toNanos() - tick) {
      lock.lock();
      try {
        pingDue = true;
      } finally {
        lock.unlock();
      }
      send();
    }
  }

  /** Has PING answered; one that is not answered yet has lost its answer to this one. */
  void pong(int request, long value) {
    lock.lock();
    try {
      pongDue = true;
      pongRequest = request;
      pongValue = value;
    } finally {
      lock.unlock();
    }
    send();
  }

  /** Tells whether PONG answers one that was sent and not answered yet. */
  boolean isOwn(int request) {
    lock.lock();
    try {
      int number = request & ~PING;
      boolean own = (request & PING) != 0 && number > pongs && number <= pings;
      if (own) {
        pongs = number;
      }
      return own;
    } finally {
      lock.unlock();
    }
  }

  private void send() {
    if (sending.compareAndSet(false, true)) {
      var _ = connection.settings().help("cairn-link-ping", this::sendAll);
    }
  }

  private void sendAll() {
    try {
      boolean more = true;
      while (more) {
        more = sendOne();
      }
    } catch (IOException e) {
      lost.accept(new LinkLostException(connection.name() + ": the link is lost", e));
    }
  }

  /** Sends what is due; false if nothing was. */
  private boolean sendOne() throws IOException {
    int request;
    Message message;
    lock.lock();
    try {
      if (pongDue) {
        pongDue = false;
        request = pongRequest;
        message = new Message.Pong(pongValue);
      } else if (pingDue) {
        pingDue = false;
        pings = pings == Integer.MAX_VALUE ? 1 : pings + 1;
        request = PING | pings;
        message = new Message.Ping(0);
      } else {
        sending.set(false);
        return false;
      }
    } finally {
      lock.unlock();
    }
    connection.output().send(request, message);
    return true;
  }
}

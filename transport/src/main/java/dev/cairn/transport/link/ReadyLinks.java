package dev.cairn.transport.link;

import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** How many links are READY, in all and of each client. Thread-safe. */
final class ReadyLinks {
  private final ServerSettings.Limits limits;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Integer> counts = new HashMap<>();
  private int all;

  ReadyLinks(ServerSettings.Limits limits) {
    this.limits = limits;
  }

  /**
   * Counts one more.
   *
   * @throws FailureException if that were too many
   */
  void enter(String client) throws FailureException {
    lock.lock();
    try {
      int own = counts.getOrDefault(client, 0);
      if (all >= limits.links() || own >= limits.ofClient()) {
        boolean isOwn = own >= limits.ofClient();
        throw new FailureException(
            new Message.Failure(
                ErrorCode.TOO_MUCH,
                isOwn ? "links of this client" : "links",
                "at most " + (isOwn ? limits.ofClient() : limits.links()),
                "one more",
                "try again later"));
      }
      counts.put(client, own + 1);
      all++;
    } finally {
      lock.unlock();
    }
  }

  void leave(String client) {
    lock.lock();
    try {
      counts.computeIfPresent(client, (_, count) -> count == 1 ? null : count - 1);
      all--;
    } finally {
      lock.unlock();
    }
  }
}

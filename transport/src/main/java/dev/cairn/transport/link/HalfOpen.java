package dev.cairn.transport.link;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The connections that are not READY yet. If they become too many, the oldest of the address that
 * has most is closed: who opens many closes his own. Thread-safe.
 */
final class HalfOpen {
  private final int most;
  private final ReentrantLock lock = new ReentrantLock();

  /** By connection, in the order in which they came. */
  private final Map<Carrier, String> addresses = new LinkedHashMap<>();

  private final Map<String, Integer> counts = new HashMap<>();

  HalfOpen(int most) {
    this.most = most;
  }

  void enter(Carrier carrier, String address) {
    Carrier pushed = null;
    lock.lock();
    try {
      addresses.put(carrier, address);
      counts.merge(address, 1, Integer::sum);
      if (addresses.size() > most) {
        pushed = push();
      }
    } finally {
      lock.unlock();
    }
    if (pushed != null) {
      pushed.shutdown();
    }
  }

  private Carrier push() {
    String crowded =
        counts.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
    for (Map.Entry<Carrier, String> each : addresses.entrySet()) {
      if (each.getValue().equals(crowded)) {
        Carrier oldest = each.getKey();
        remove(oldest);
        return oldest;
      }
    }
    throw new IllegalStateException("counted, and not there");
  }

  /** It is READY, or gone. */
  void leave(Carrier carrier) {
    lock.lock();
    try {
      remove(carrier);
    } finally {
      lock.unlock();
    }
  }

  private void remove(Carrier carrier) {
    String address = addresses.remove(carrier);
    if (address != null) {
      counts.computeIfPresent(address, (_, count) -> count == 1 ? null : count - 1);
    }
  }

  void shutdownAll() {
    lock.lock();
    try {
      addresses.keySet().forEach(Carrier::shutdown);
    } finally {
      lock.unlock();
    }
  }
}

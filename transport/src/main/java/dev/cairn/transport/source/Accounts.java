package dev.cairn.transport.source;

import dev.cairn.transport.rate.RateLimiter;
import java.util.HashMap;
import java.util.Map;

/** The accounts of all clients by who they are. Thread-safe. */
final class Accounts {
  private static final class Entry {
    final Account account;
    int sessions;

    Entry(Account account) {
      this.account = account;
    }
  }

  private final SourceSettings settings;
  private final RateLimiter all;
  private final MemoryBudget memory;
  private final Windows windows;
  private final Map<String, Entry> entries = new HashMap<>(); // guarded by this
  private long rate; // guarded by this

  Accounts(SourceSettings settings, Windows windows) {
    this.windows = windows;
    this.settings = settings;
    this.all = new RateLimiter(settings.timing(), settings.rates().all());
    this.rate = settings.rates().ofClient();
    this.memory = new MemoryBudget(settings.memoryBytes());
  }

  RateLimiter all() {
    return all;
  }

  /** Returns the account of a client, which has one session more. */
  synchronized Account open(String client) {
    // One without a session is kept for a second: to come again is no way around its bounds.
    entries.values().removeIf(e -> e.sessions == 0 && e.account.isIdle());
    Entry entry = entries.computeIfAbsent(client, _ -> new Entry(make()));
    entry.sessions++;
    return entry.account;
  }

  private Account make() {
    return new Account(
        settings.timing()::nanoTime,
        new RateLimiter(settings.timing(), rate),
        all,
        memory.part(Account.MOST_MEMORY),
        windows.ofClient());
  }

  /** Has a session less. */
  synchronized void close(String client) {
    Entry entry = entries.get(client);
    if (entry != null) {
      entry.sessions--;
    }
  }

  /** Changes the rate of each client. */
  synchronized void setRateOfClient(long bytesPerSecond) {
    rate = bytesPerSecond;
    entries.values().forEach(e -> e.account.limiter().setRate(bytesPerSecond));
  }
}

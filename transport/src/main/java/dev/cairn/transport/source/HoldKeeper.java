package dev.cairn.transport.source;

import dev.cairn.chain.Edit;
import dev.cairn.chain.manifest.Hold;
import dev.cairn.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes down which holds are used, and lets go those that nobody used for long. Thread-safe, but
 * {@link #run} is for one thread.
 */
final class HoldKeeper {
  /** Use is written down at most so often, and so long does one who has just started wait. */
  static final Duration PERIOD = Duration.ofHours(1);

  private record Key(String chain, String token) {}

  private final SharedChains chains;
  private final SourceSettings settings;
  private final SourceCounters counters;
  private final Set<Key> used = ConcurrentHashMap.newKeySet();

  HoldKeeper(SharedChains chains, SourceSettings settings, SourceCounters counters) {
    this.chains = chains;
    this.settings = settings;
    this.counters = counters;
  }

  /** A hold is used. */
  void used(String chain, String token) {
    used.add(new Key(chain, token));
  }

  /**
   * Looks at all holds.
   *
   * @param expires whether those that nobody used for long are let go
   */
  void run(boolean expires) throws IOException {
    Set<Key> now = Set.copyOf(used);
    used.removeAll(now);
    for (String name : chains.store().chainNames()) {
      try (SharedChains.Shared shared = chains.open(name)) {
        run(shared, now, expires);
      } catch (StoreException e) {
        settings.log().event("holds of chain " + name + ": " + e.getMessage());
        now.stream().filter(key -> key.chain().equals(name)).forEach(used::add);
      }
    }
  }

  private void run(SharedChains.Shared shared, Set<Key> usedNow, boolean expires)
      throws IOException {
    Instant now = shared.chain().environment().clock().instant();
    String name = shared.chain().name();
    List<Edit> edits = new ArrayList<>();
    List<Hold> expired = new ArrayList<>();
    for (Hold hold : shared.chain().manifest().marks().holds()) {
      if (!isRemote(hold)) {
        continue;
      }
      Duration age = Duration.between(hold.time(), now);
      if (usedNow.contains(new Key(name, hold.token()))) {
        if (age.compareTo(PERIOD) >= 0) {
          edits.add(new Edit.TouchHold(hold.token()));
        }
      } else if (expires && age.compareTo(settings.holdTime()) >= 0) {
        edits.add(new Edit.ReleaseHold(hold.token()));
        expired.add(hold);
      }
    }
    if (!edits.isEmpty()) {
      shared.chain().commit(edits, List.of());
    }
    for (Hold hold : expired) {
      counters.holdsExpired.increment();
      settings
          .log()
          .event(
              "%s@%d: the hold %s of '%s' is released: nobody used it since %s"
                  .formatted(name, hold.point(), hold.token(), hold.owner(), hold.time()));
    }
  }

  private static boolean isRemote(Hold hold) {
    return hold.owner().startsWith("serve ") || hold.owner().startsWith("send ");
  }
}

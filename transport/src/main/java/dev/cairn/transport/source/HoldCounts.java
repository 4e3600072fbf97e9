package dev.cairn.transport.source;

import dev.cairn.chain.manifest.Hold;
import dev.cairn.store.StoreException;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Knows how many holds each owner has in a store, without reading every manifest for each that is
 * taken. The manifests are read once; from then on it is told of what is taken here. Nobody else
 * takes holds of these owners: a store has one server, and a send its own. Others let holds go, so
 * before somebody is refused, those of his that are known are looked for. Thread-safe.
 */
final class HoldCounts {
  private record Key(String chain, String token) {}

  private final SharedChains chains;

  /** Owners of holds; null until they are read. */
  private @Nullable Map<Key, String> known; // guarded by this

  HoldCounts(SharedChains chains) {
    this.chains = chains;
  }

  /** Takes note of a hold that was taken. */
  synchronized void taken(String chain, Hold hold) {
    if (known != null) {
      known.put(new Key(chain, hold.token()), hold.owner());
    }
  }

  /** Takes note of one that was let go. */
  synchronized void released(String chain, String token) {
    if (known != null) {
      known.remove(new Key(chain, token));
    }
  }

  /**
   * Returns how many holds an owner has, but for one that is about to be replaced.
   *
   * @param enough as many are counted exactly; fewer may be fewer still
   */
  int count(String owner, String chain, String token, int enough) throws IOException {
    Key own = new Key(chain, token);
    List<Key> keys = of(owner, own);
    if (keys.size() < enough) {
      return keys.size();
    }
    for (Key key : keys) {
      if (!isThere(key, owner)) {
        released(key.chain, key.token);
      }
    }
    return of(owner, own).size();
  }

  private synchronized List<Key> of(String owner, Key but) throws IOException {
    Map<Key, String> all = known;
    if (all == null) {
      all = read();
      known = all;
    }
    return all.entrySet().stream()
        .filter(entry -> entry.getValue().equals(owner) && !entry.getKey().equals(but))
        .map(Map.Entry::getKey)
        .toList();
  }

  private Map<Key, String> read() throws IOException {
    Map<Key, String> all = new HashMap<>();
    for (String name : chains.store().chainNames()) {
      try (SharedChains.Shared shared = chains.open(name)) {
        for (Hold hold : shared.chain().manifest().marks().holds()) {
          all.put(new Key(name, hold.token()), hold.owner());
        }
      } catch (StoreException e) {
        // A chain that cannot be read has no holds that anybody uses.
      }
    }
    return all;
  }

  private boolean isThere(Key key, String owner) throws IOException {
    try (SharedChains.Shared shared = chains.open(key.chain)) {
      Optional<Hold> hold = shared.chain().manifest().hold(key.token);
      return hold.filter(its -> its.owner().equals(owner)).isPresent();
    } catch (StoreException e) {
      return false;
    }
  }
}

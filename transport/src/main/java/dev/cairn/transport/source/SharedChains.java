package dev.cairn.transport.source;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Store;
import java.io.Closeable;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/** The chains of a store that somebody uses, each open once. Thread-safe. */
final class SharedChains {
  /** A chain for as long as somebody uses it: its files and its points are shared. Thread-safe. */
  final class Shared implements Closeable {
    private final Chain chain;
    private final Pictures pictures;
    private int users; // guarded by SharedChains.this

    private Shared(Chain chain) {
      this.chain = chain;
      this.pictures = new Pictures(chain, nanoTime);
    }

    Chain chain() {
      return chain;
    }

    Pictures pictures() {
      return pictures;
    }

    /** Lets it go: closed by the last who uses it. */
    @Override
    public void close() throws IOException {
      release(this);
    }
  }

  private final Store store;
  private final LongSupplier nanoTime;
  private final Map<String, Shared> chains = new HashMap<>(); // guarded by this

  SharedChains(Store store, LongSupplier nanoTime) {
    this.store = store;
    this.nanoTime = nanoTime;
  }

  Store store() {
    return store;
  }

  /** Opens a chain, or shares the one that is open. The caller closes it. */
  synchronized Shared open(String name) throws IOException {
    Shared shared = chains.get(name);
    if (shared == null) {
      shared = new Shared(store.open(name));
      chains.put(name, shared);
    }
    shared.users++;
    return shared;
  }

  /**
   * Has the next one open the chain anew: a commit failed in a way after which this object takes no
   * more, or the directory is another one by now.
   */
  synchronized void renew(Shared shared) {
    chains.remove(shared.chain.name(), shared);
  }

  private void release(Shared shared) throws IOException {
    synchronized (this) {
      if (--shared.users > 0) {
        return;
      }
      chains.remove(shared.chain.name(), shared);
    }
    try (Chain _ = shared.chain) {
      shared.pictures.close();
    }
  }
}

package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Store;
import dev.cairn.store.Id;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/**
 * The chain that a command stores points in, made if it does not exist. One that this command has
 * made and that got no point is taken away when this is closed. Not thread-safe.
 */
final class OwnChain implements Closeable {
  private final Store store;
  private final Chain chain;
  private final Optional<Id> made;

  private OwnChain(Store store, Chain chain, Optional<Id> made) {
    this.store = store;
    this.chain = chain;
    this.made = made;
  }

  static OwnChain open(Store store, String name, int pageSize) throws IOException {
    if (store.chainNames().contains(name)) {
      return new OwnChain(store, store.open(name), Optional.empty());
    }
    Chain chain = store.create(name, pageSize);
    return new OwnChain(store, chain, Optional.of(chain.manifest().identity().chain()));
  }

  Chain chain() {
    return chain;
  }

  @Override
  public void close() throws IOException {
    chain.close();
    if (made.isPresent()) {
      store.removeUnused(chain.name(), made.get());
    }
  }
}

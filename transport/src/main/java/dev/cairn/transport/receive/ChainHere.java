package dev.cairn.transport.receive;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Incoming;
import dev.cairn.chain.Store;
import dev.cairn.store.BusyException;
import dev.cairn.store.Id;
import dev.cairn.transport.wire.Message;
import java.io.IOException;

/**
 * The chain here that is received into: opened, or made, and then perhaps taken back. Stateless.
 */
final class ChainHere {
  private ChainHere() {}

  /**
   * Opens it, or makes it as a source says that it is.
   *
   * @throws BusyException if another chain has its name
   */
  static Chain openOrCreate(Store store, String name, Message.Seen seen) throws IOException {
    if (!store.chainNames().contains(name)) {
      return store.create(name, seen.chain(), seen.pageSize());
    }
    Chain chain = store.open(name);
    Id own = chain.manifest().identity().chain();
    if (!own.equals(seen.chain())) {
      chain.close();
      throw new BusyException(
          "another chain named "
              + name
              + " is here: its id is "
              + own
              + ", expected "
              + seen.chain()
              + "; take another name: --as");
    }
    return chain;
  }

  /** A chain that was made for what a source said, and got nothing of it, takes nobody's name. */
  static void takeBack(Store store, String name, IOException why) {
    try {
      if (store.chainNames().contains(name)) {
        Id id;
        try (Chain chain = store.open(name)) {
          id = chain.manifest().identity().chain();
          Incoming.abandon(chain);
        }
        store.removeUnused(name, id);
      }
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }
}

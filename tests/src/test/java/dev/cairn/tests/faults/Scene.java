package dev.cairn.tests.faults;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Store;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.tests.damage.Picture;
import dev.cairn.tests.damage.SmallStore;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** A small store, and another for copies, as one process has them open. Not thread-safe. */
final class Scene {
  static final String STORE = "store";
  static final String OTHER = "other";

  private final MemoryDirectory disk = MemoryDirectory.create();

  /** Each that opens a store draws other ids. */
  private long opened = 1000;

  private final Map<String, Chain> chains = new HashMap<>();
  private MemoryDirectory process = disk.asProcess("before");
  private UnaryOperator<StoreDirectory> seen = directory -> directory;

  /**
   * Puts files on a new disk.
   *
   * @param store files of the store
   * @param other files of the other one
   */
  Scene(Picture store, Picture other) throws IOException {
    store.writeTo(disk.makeDirectory(STORE));
    other.writeTo(disk.makeDirectory(OTHER));
  }

  /** The process dies; the next one sees the disk through something. */
  void restart(UnaryOperator<StoreDirectory> through) {
    process.killProcess();
    chains.clear();
    process = disk.asProcess("next");
    seen = through;
  }

  /** Returns one of both stores' files. */
  Picture picture(String which) throws IOException {
    return Picture.of(disk.asProcess("watcher").openDirectory(which));
  }

  /** Returns a directory as a person sees it. */
  StoreDirectory watch(String which) throws IOException {
    return disk.asProcess("watcher").openDirectory(which);
  }

  Store store(String which) throws IOException {
    return Store.open(seen.apply(process.openDirectory(which)), SmallStore.environment(++opened));
  }

  /** Returns a chain of the store; the same one again and again. */
  Chain chain(String name) throws IOException {
    Chain known = chains.get(name);
    if (known != null) {
      return known;
    }
    Chain chain = store(STORE).open(name);
    chains.put(name, chain);
    return chain;
  }
}

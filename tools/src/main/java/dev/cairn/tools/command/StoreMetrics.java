package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import dev.cairn.store.StoreException;
import dev.cairn.tools.capture.StoreRoom;
import dev.cairn.transport.serve.Exposition;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What those who watch a store are told of its room, and of what merges have yet to do. What is due
 * is asked anew only where a manifest is another one. Thread-safe.
 */
final class StoreMetrics {
  private record Due(Manifest manifest, long bytes, int layers) {}

  private final Store store;
  private final StoreRoom room;
  private final Map<String, Due> seen = new HashMap<>(); // guarded by this

  /** Makes one; the store outlives it. */
  StoreMetrics(Store store, StoreRoom room) {
    this.store = store;
    this.room = room;
  }

  /**
   * Returns all metrics as text; leaves out chains that cannot be read, as verify tells of them.
   */
  synchronized String text() throws IOException {
    Map<String, Due> chains = new TreeMap<>();
    for (String name : store.chainNames()) {
      try (Chain chain = store.open(name)) {
        chains.put(name, due(chain));
      } catch (StoreException e) {
        seen.remove(name);
      }
    }
    seen.keySet().retainAll(chains.keySet());
    Exposition text = new Exposition();
    text.gauge("cairn_chain_bytes", "Length of the chain's files; what forks share is in each.");
    chains.forEach(
        (name, due) -> text.value("cairn_chain_bytes", "chain", name, (double) due.bytes()));
    text.gauge("cairn_merge_debt_layers", "Layers that a merge would take away now.");
    chains.forEach(
        (name, due) -> text.value("cairn_merge_debt_layers", "chain", name, due.layers()));
    text.gauge("cairn_store_bytes", "Bytes that the store takes on its disk.")
        .value("cairn_store_bytes", room.usedBytes());
    text.gauge("cairn_store_free_bytes", "Bytes free on the store's file system.")
        .value("cairn_store_free_bytes", room.freeBytes());
    text.gauge("cairn_store_reserve_bytes", "Bytes that are to stay free there; 0: none.")
        .value("cairn_store_reserve_bytes", room.reserveBytes());
    text.gauge("cairn_store_limit_bytes", "Bytes that the store may take; 0: no limit.")
        .value("cairn_store_limit_bytes", room.mostBytes());
    return text.toString();
  }

  private Due due(Chain chain) throws IOException {
    Manifest manifest = chain.manifest();
    Due before = seen.get(chain.name());
    if (before != null && before.manifest().equals(manifest)) {
      return before;
    }
    Merger.Report plan = new Merger(chain, Policies.DEFAULT).plan();
    Due due =
        new Due(
            manifest,
            manifest.files().stream().mapToLong(FileEntry::length).sum(),
            plan.layersBefore() - plan.layersAfter());
    seen.put(chain.name(), due);
    return due;
  }
}

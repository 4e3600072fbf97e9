package dev.cairn.chain.catalog;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.ManifestCodec;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** Owns the replacement of one chain's rows in the catalog. Not thread-safe. */
final class ChainRows {
  /**
   * What was changed. Immutable.
   *
   * @param written points put or put anew
   * @param removed points taken away
   */
  record Changed(long written, long removed) {}

  /** A chain's files can be merged away while they are read; then its manifest is read again. */
  private static final int ATTEMPTS = 5;

  private final CatalogDb db;

  ChainRows(CatalogDb db) {
    this.db = db;
  }

  /**
   * Brings a chain's rows up to date, and writes only what differs.
   *
   * @throws dev.cairn.store.NoSuchPointException if there is no such chain
   */
  Changed roll(Store store, String name) throws IOException {
    try (Chain chain = store.open(name)) {
      for (int attempt = 1; ; attempt++) {
        Manifest head = chain.manifest();
        Optional<Manifest> known = new CatalogView(db).madeFrom(name);
        if (known.equals(Optional.of(head))) {
          return new Changed(0, 0);
        }
        long from = known.isPresent() ? ManifestDifference.from(known.get(), head) : 0;
        try {
          return replace(name, from, PointReader.read(chain, head, from), Optional.of(head));
        } catch (NoSuchFileException e) {
          if (attempt == ATTEMPTS) {
            throw e;
          }
        }
      }
    }
  }

  /** Takes away all rows of a chain. */
  Changed drop(String name) throws IOException {
    return replace(name, 0, Collections.emptyNavigableMap(), Optional.empty());
  }

  /** Replaces the rows from a checkpoint on; rows that are right already are not written. */
  Changed replace(
      String name, long from, NavigableMap<Long, CatalogPoint> points, Optional<Manifest> head)
      throws IOException {
    NavigableMap<Long, CatalogPoint> missing = new TreeMap<>(points);
    long[] removed = new long[1];
    try (CatalogDb.Change change = db.change(CatalogRows.madeFromKey(name))) {
      db.scan(
          CatalogRows.owned(name, from),
          (key, value) -> {
            CatalogPoint row = CatalogRows.owned(key, value);
            CatalogPoint point = points.get(row.checkpoint());
            if (row.equals(point)) {
              missing.remove(row.checkpoint());
            } else {
              delete(change, row);
              removed[0] += point == null ? 1 : 0;
            }
          });
      for (CatalogPoint point : missing.values()) {
        put(change, point);
      }
      change.commit(head.map(ManifestCodec::encode));
    }
    return new Changed(missing.size(), removed[0]);
  }

  /** Puts all rows of a point: a kill leaves them all, or none. */
  static void put(CatalogDb.Change change, CatalogPoint point) throws IOException {
    byte[] value = CatalogRows.value(point);
    change.put(CatalogRows.ownedKey(point.chain(), point.checkpoint()), value);
    change.put(CatalogRows.timeKey(point), value);
    if (!point.label().isEmpty()) {
      change.put(CatalogRows.labelKey(point), value);
    }
    change.spill();
  }

  /**
   * Deletes all rows of a point: a kill leaves them all, or none. For by the first of them, of kind
   * 3, the next who rolls forward finds the others.
   */
  static void delete(CatalogDb.Change change, CatalogPoint row) throws IOException {
    change.delete(CatalogRows.ownedKey(row.chain(), row.checkpoint()));
    change.delete(CatalogRows.timeKey(row));
    if (!row.label().isEmpty()) {
      change.delete(CatalogRows.labelKey(row));
    }
    change.spill();
  }
}

package dev.cairn.chain.catalog;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.ManifestCodec;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.StoreException;
import java.io.Closeable;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the catalog says, to be read beside whoever writes it. One that was opened by {@link #open}
 * shows the catalog as it was then. Not thread-safe.
 */
public final class CatalogView implements Closeable {
  private static final int ATTEMPTS = 3;

  private final CatalogDb db;

  CatalogView(CatalogDb db) {
    this.db = db;
  }

  /**
   * Opens the catalog for reading only. The caller closes it.
   *
   * @return empty if there is none, or none that can be read
   */
  public static Optional<CatalogView> open(Store store) throws IOException {
    Optional<String> path = CatalogFiles.find(store);
    if (path.isEmpty()) {
      return Optional.empty();
    }
    // The writer deletes files that it replaced: an opening that fell between is done again.
    for (int attempt = 1; ; attempt++) {
      try {
        return open(path.get(), store);
      } catch (CatalogDamagedException e) {
        if (attempt == ATTEMPTS) {
          return Optional.empty();
        }
      }
    }
  }

  private static Optional<CatalogView> open(String path, Store store) throws IOException {
    CatalogDb db = CatalogDb.openReadOnly(path);
    boolean ours = false;
    try {
      ours = isOf(db, store);
    } finally {
      if (!ours) {
        db.close();
      }
    }
    return ours ? Optional.of(new CatalogView(db)) : Optional.empty();
  }

  static boolean isOf(CatalogDb db, Store store) throws IOException {
    return db.get(CatalogRows.formatKey())
        .filter(format -> Arrays.equals(format, CatalogRows.formatValue(store.id())))
        .isPresent();
  }

  /** Returns the points of all chains from one time to another, both included, in their order. */
  public List<CatalogPoint> between(Instant from, Instant to) throws IOException {
    List<CatalogPoint> points = new ArrayList<>();
    db.scan(
        CatalogRows.between(from, to), (key, value) -> points.add(CatalogRows.byTime(key, value)));
    return points;
  }

  /** Returns the points of all chains that have a label, by time. */
  public List<CatalogPoint> byLabel(String label) throws IOException {
    List<CatalogPoint> points = new ArrayList<>();
    db.scan(
        CatalogRows.labelled(label), (key, value) -> points.add(CatalogRows.byLabel(key, value)));
    points.sort(CatalogPoint.ORDER);
    return points;
  }

  /** Returns of which generation each chain's rows are. */
  public SortedMap<String, Long> generations() throws IOException {
    SortedMap<String, Long> generations = new TreeMap<>();
    db.scan(
        CatalogRows.all(CatalogRows.MADE_FROM),
        (key, value) -> {
          String chain = CatalogRows.madeFromChain(key);
          manifest(chain, value).ifPresent(m -> generations.put(chain, m.generation()));
        });
    return generations;
  }

  /** Returns the names of all chains that can own rows, sorted. */
  SortedSet<String> chains() throws IOException {
    SortedSet<String> chains = new TreeSet<>();
    db.scan(
        CatalogRows.all(CatalogRows.MADE_FROM),
        (key, value) -> chains.add(CatalogRows.madeFromChain(key)));
    return chains;
  }

  /** Returns the chains whose rows are not of the manifest that they have now, sorted. */
  public List<String> stale(Store store) throws IOException {
    List<String> stale = new ArrayList<>();
    List<String> names = store.chainNames();
    for (String name : names) {
      try (Chain chain = store.open(name)) {
        if (!madeFrom(name).equals(Optional.of(chain.manifest()))) {
          stale.add(name);
        }
      } catch (NoSuchPointException e) {
        stale.add(name);
      }
    }
    chains().stream().filter(name -> !names.contains(name)).forEach(stale::add);
    stale.sort(null);
    return stale;
  }

  /** Returns the manifest that a chain's rows were made from, if it still can be read. */
  Optional<Manifest> madeFrom(String chain) throws IOException {
    Optional<byte[]> text = db.get(CatalogRows.madeFromKey(chain));
    return text.isPresent() ? manifest(chain, text.get()) : Optional.empty();
  }

  private static Optional<Manifest> manifest(String chain, byte[] text) throws IOException {
    try {
      return Optional.of(ManifestCodec.decode("catalog: manifest of " + chain, text));
    } catch (StoreException e) {
      return Optional.empty(); // of another version of Cairn: the rows are made anew
    }
  }

  @Override
  public void close() {
    db.close();
  }
}

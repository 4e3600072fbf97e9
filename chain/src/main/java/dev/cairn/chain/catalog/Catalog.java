package dev.cairn.chain.catalog;

import dev.cairn.chain.Store;
import dev.cairn.store.NoSuchPointException;
import java.io.Closeable;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * The one writer of a store's catalog: brings it up to date with the manifests, and answers from
 * it. Derived: a catalog that is damaged, of another format version or of another store is thrown
 * away and rebuilt, whoever finds it. Not thread-safe.
 *
 * <p>Rows and the rule by which they are rewritten: chain/FORMAT.md, Catalog.
 */
public final class Catalog implements Closeable {
  /**
   * What was done. Immutable.
   *
   * @param chains that the catalog is up to date with
   * @param written points put or put anew
   * @param removed points taken away
   */
  public record Report(int chains, long written, long removed) {
    private Report plus(ChainRows.Changed changed, int more) {
      return new Report(chains + more, written + changed.written(), removed + changed.removed());
    }
  }

  private final Store store;
  private final CatalogFiles files;
  private CatalogDb db;

  private Catalog(Store store, CatalogFiles files, CatalogDb db) {
    this.store = store;
    this.files = files;
    this.db = db;
  }

  /**
   * Opens the catalog for writing, or makes it. The caller closes it; the store must outlive it.
   *
   * @return empty if another process or thread writes it, or if the store is not in a file system
   */
  public static Optional<Catalog> tryOpen(Store store, CatalogListener listener)
      throws IOException {
    Optional<CatalogFiles> locked = CatalogFiles.tryLock(store);
    if (locked.isEmpty()) {
      return Optional.empty();
    }
    CatalogFiles files = locked.get();
    boolean done = false;
    try {
      Catalog catalog = new Catalog(store, files, open(store, files, listener));
      done = true;
      return Optional.of(catalog);
    } catch (CatalogDb.HeldException e) {
      return Optional.empty();
    } finally {
      if (!done) {
        files.close();
      }
    }
  }

  private static CatalogDb open(Store store, CatalogFiles files, CatalogListener listener)
      throws IOException {
    try {
      if (files.hasStrangers()) {
        throw new CatalogDamagedException(files.path() + " holds links or special files");
      }
      CatalogDb db = CatalogDb.open(files.path());
      boolean ours = false;
      try {
        boolean made = db.get(CatalogRows.formatKey()).isEmpty() && isEmpty(db);
        ours = made || CatalogView.isOf(db, store);
        if (made) {
          begin(db, store);
        }
      } finally {
        if (!ours) {
          db.close();
        }
      }
      if (ours) {
        files.restrict();
        return db;
      }
      listener.notice("the catalog is of another version or store: it is made anew");
    } catch (CatalogDamagedException e) {
      listener.notice("the catalog is damaged, it is made anew: " + e.getMessage());
    }
    return remake(store, files);
  }

  private static CatalogDb remake(Store store, CatalogFiles files) throws IOException {
    files.discard();
    CatalogDb db = CatalogDb.open(files.path());
    boolean done = false;
    try {
      begin(db, store);
      files.restrict();
      done = true;
      return db;
    } finally {
      if (!done) {
        db.close();
      }
    }
  }

  private static boolean isEmpty(CatalogDb db) throws IOException {
    boolean[] found = new boolean[1];
    db.scan(new byte[][] {{0}, {(byte) 0xff}}, (key, value) -> found[0] = true);
    return !found[0];
  }

  private static void begin(CatalogDb db, Store store) throws IOException {
    try (CatalogDb.Change change = db.change(CatalogRows.formatKey())) {
      change.commit(Optional.of(CatalogRows.formatValue(store.id())));
    }
  }

  /** Throws the catalog away and makes it anew from the manifests and layers. */
  public Report rebuild(CatalogListener listener) throws IOException {
    db.close();
    db = remake(store, files);
    return roll(listener);
  }

  /**
   * Brings the catalog up to date: every chain whose manifest is not the one that its rows were
   * made from, and those that are gone. A chain that cannot be read is left as it is.
   */
  public Report rollForward(CatalogListener listener) throws IOException {
    try {
      return roll(listener);
    } catch (CatalogDamagedException e) {
      return mend(e, listener);
    }
  }

  private Report mend(CatalogDamagedException e, CatalogListener listener) throws IOException {
    listener.notice("the catalog is damaged, it is made anew: " + e.getMessage());
    return rebuild(listener);
  }

  private Report roll(CatalogListener listener) throws IOException {
    List<String> names = store.chainNames();
    Set<String> gone = new CatalogView(db).chains();
    Report report = new Report(0, 0, 0);
    int looked = 0;
    for (String name : names) {
      if (listener.enough()) {
        return report;
      }
      try {
        report = report.plus(new ChainRows(db).roll(store, name), 1);
        gone.remove(name);
      } catch (CatalogDamagedException e) {
        throw e;
      } catch (IOException e) {
        // Removed since the names were listed: its rows go below. Else they stay.
        if (!(e instanceof NoSuchPointException)) {
          gone.remove(name);
          listener.skipped(name, e);
        }
      }
      listener.at(++looked, names.size());
    }
    for (String name : gone) {
      report = report.plus(new ChainRows(db).drop(name), 0);
    }
    return report;
  }

  /**
   * Returns the points of all chains from one time to another, both included, by time, as of the
   * last roll-forward.
   */
  public List<CatalogPoint> between(Instant from, Instant to, CatalogListener listener)
      throws IOException {
    return answer(listener, view -> view.between(from, to));
  }

  /** Returns the points of all chains that have a label, by time, as of the last roll-forward. */
  public List<CatalogPoint> byLabel(String label, CatalogListener listener) throws IOException {
    return answer(listener, view -> view.byLabel(label));
  }

  /** Returns of which generation each chain's rows are. */
  public SortedMap<String, Long> generations(CatalogListener listener) throws IOException {
    return answer(listener, CatalogView::generations);
  }

  @FunctionalInterface
  private interface Query<T> {
    T ask(CatalogView view) throws IOException;
  }

  private <T> T answer(CatalogListener listener, Query<T> query) throws IOException {
    try {
      return query.ask(new CatalogView(db));
    } catch (CatalogDamagedException e) {
      mend(e, listener);
      return query.ask(new CatalogView(db));
    }
  }

  @Override
  public void close() throws IOException {
    try (files) {
      db.close();
      files.restrict();
    }
  }
}

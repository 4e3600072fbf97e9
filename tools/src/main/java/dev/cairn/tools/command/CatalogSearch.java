package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.ChainSnapshot.RestorePoint;
import dev.cairn.chain.Store;
import dev.cairn.chain.catalog.Catalog;
import dev.cairn.chain.catalog.CatalogPoint;
import dev.cairn.chain.catalog.CatalogView;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.StoreException;
import dev.cairn.store.file.Point;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Answers over all chains of a store: from the catalog, brought up to date if nobody else writes
 * it; else from the catalog as it is; else, which takes longer, from the chains themselves. Not
 * thread-safe.
 */
final class CatalogSearch {
  /**
   * What to look for. Immutable.
   *
   * @param since the earliest time
   * @param until the latest time
   * @param label only points with this label, if there is one
   */
  record Filter(Instant since, Instant until, Optional<String> label) {
    boolean takes(Instant time, String its) {
      return !time.isBefore(since)
          && !time.isAfter(until)
          && (label.isEmpty() || label.get().equals(its));
    }
  }

  /**
   * What was found. Immutable.
   *
   * @param points in order of time
   * @param stale chains of which the answer may be older than they are
   */
  record Answer(List<CatalogPoint> points, List<String> stale) {}

  private final Store store;
  private final Console console;

  CatalogSearch(Store store, Console console) {
    this.store = store;
    this.console = console;
  }

  Answer find(Filter filter) throws IOException {
    try {
      Optional<Answer> answer = fromCatalog(filter);
      if (answer.isPresent()) {
        return answer.get();
      }
    } catch (IOException e) {
      console.warn("no catalog, the chains themselves are read: " + e.getMessage());
    }
    return fromChains(filter);
  }

  private Optional<Answer> fromCatalog(Filter filter) throws IOException {
    CatalogConsole listener = new CatalogConsole(console, "catalog");
    Optional<Catalog> writable = Catalog.tryOpen(store, listener);
    if (writable.isPresent()) {
      try (Catalog catalog = writable.get()) {
        catalog.rollForward(listener);
        List<CatalogPoint> points =
            filter.label().isPresent()
                ? catalog.byLabel(filter.label().get(), listener)
                : catalog.between(filter.since(), filter.until(), listener);
        return Optional.of(answer(points, filter, listener.skipped()));
      }
    }
    Optional<CatalogView> readable = CatalogView.open(store);
    if (readable.isEmpty()) {
      return Optional.empty();
    }
    try (CatalogView view = readable.get()) {
      List<String> stale = view.stale(store);
      if (!stale.isEmpty()) {
        console.warn(
            "another process writes the catalog; what is said of these chains may be older: "
                + String.join(" ", stale));
      }
      List<CatalogPoint> points =
          filter.label().isPresent()
              ? view.byLabel(filter.label().get())
              : view.between(filter.since(), filter.until());
      return Optional.of(answer(points, filter, stale));
    }
  }

  private Answer fromChains(Filter filter) throws IOException {
    List<CatalogPoint> points = new ArrayList<>();
    List<String> stale = new ArrayList<>();
    for (String name : store.chainNames()) {
      try (Chain chain = store.open(name);
          ChainSnapshot snapshot = chain.snapshot()) {
        for (RestorePoint point : snapshot.restorePoints()) {
          points.add(row(name, point));
        }
      } catch (NoSuchPointException _) {
        // Removed since the names were listed.
      } catch (StoreException e) {
        console.warn("chain " + name + " cannot be read: " + e.getMessage());
        stale.add(name);
      }
    }
    points.sort(CatalogPoint.ORDER);
    return answer(points, filter, stale);
  }

  private static CatalogPoint row(String chain, RestorePoint point) {
    Point p = point.point();
    return new CatalogPoint(
        p.time(), chain, p.checkpoint(), point.label(), p.written().pages(), p.written().bytes());
  }

  private static Answer answer(List<CatalogPoint> points, Filter filter, List<String> stale) {
    return new Answer(
        points.stream().filter(p -> filter.takes(p.time(), p.label())).toList(), stale);
  }
}

package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.ChainSnapshot.RestorePoint;
import dev.cairn.chain.Store;
import dev.cairn.chain.catalog.CatalogPoint;
import java.io.IOException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn list}. */
@Command(
    name = "list",
    aliases = "log",
    description =
        "lists the restore points of a chain, or the chains of a store, or with a filter points of all chains")
final class ListCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(arity = "0..1", paramLabel = "CHAIN", description = "without it: all chains")
  @Nullable String chainName;

  @Option(names = "--since", paramLabel = "TIME", description = "points at or after a time")
  @Nullable String since;

  @Option(names = "--until", paramLabel = "TIME", description = "points at or before a time")
  @Nullable String until;

  @Option(names = "--label", paramLabel = "L", description = "points with this label")
  @Nullable String label;

  @Override
  public Integer call() throws IOException {
    try (Store store = root.openStore()) {
      boolean filtered = since != null || until != null || label != null;
      if (chainName != null) {
        points(store, chainName, filter());
      } else if (filtered) {
        pointsOfAll(store, filter());
      } else {
        chains(store);
      }
    }
    return ExitCodes.DONE;
  }

  private CatalogSearch.Filter filter() {
    return new CatalogSearch.Filter(
        time("--since", since).orElse(Instant.MIN),
        time("--until", until).orElse(Instant.MAX),
        Optional.ofNullable(label));
  }

  private static Optional<Instant> time(String option, @Nullable String text) {
    try {
      return Optional.ofNullable(text).map(t -> OffsetDateTime.parse(t).toInstant());
    } catch (DateTimeParseException e) {
      throw new UsageException(
          option + " " + text + ": expected a time such as 2026-11-20T10:00:00Z");
    }
  }

  private void pointsOfAll(Store store, CatalogSearch.Filter filter) throws IOException {
    CatalogSearch.Answer answer = new CatalogSearch(store, root.console()).find(filter);
    List<Map<String, Object>> points = new ArrayList<>();
    root.console()
        .line(
            "%-24s %10s  %-27s %10s %10s  %s",
            "CHAIN", "CHECKPOINT", "TIME", "PAGES", "BYTES", "LABEL");
    for (CatalogPoint point : answer.points()) {
      points.add(PointRows.json(point));
      root.console().line("%s", PointRows.text(point));
    }
    root.console().object(Map.of("points", points, "stale", answer.stale()));
  }

  private void chains(Store store) throws IOException {
    List<Map<String, Object>> chains = new ArrayList<>();
    root.console().line("%-24s %8s  %s", "CHAIN", "POINTS", "NEWEST");
    for (String name : store.chainNames()) {
      try (Chain chain = store.open(name);
          ChainSnapshot snapshot = chain.snapshot()) {
        int points = snapshot.points().size();
        String newest =
            points == 0 ? "-" : snapshot.points().lastEntry().getValue().time().toString();
        root.console().line("%-24s %8d  %s", name, points, newest);
        chains.add(Map.of("chain", name, "points", points, "newest", newest));
      }
    }
    root.console().object(Map.of("chains", chains));
  }

  private void points(Store store, String name, CatalogSearch.Filter filter) throws IOException {
    try (Chain chain = store.open(name);
        ChainSnapshot snapshot = chain.snapshot()) {
      List<Map<String, Object>> points = new ArrayList<>();
      root.console()
          .line("%10s  %-27s %10s %10s  %s", "CHECKPOINT", "TIME", "PAGES", "BYTES", "LABEL");
      List<String> lines = new ArrayList<>();
      for (RestorePoint point : snapshot.restorePoints()) {
        if (!filter.takes(point.point().time(), point.label())) {
          continue;
        }
        if (root.console().json()) {
          points.add(PointRows.json(point));
        } else {
          lines.add(PointRows.text(point));
        }
      }
      root.console().lines(lines);
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("chain", name);
      result.put("points", points);
      root.console().object(result);
    }
  }
}

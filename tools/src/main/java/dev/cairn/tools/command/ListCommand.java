package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot.RestorePoint;
import dev.cairn.chain.Store;
import dev.cairn.chain.catalog.CatalogPoint;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.StoreException;
import java.io.IOException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
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
    aliases = {"log", "ls", "snapshots"},
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
    if (chainName != null && chainName.contains("@")) {
      throw new UsageException("list takes a chain; see that point by: cairn show " + chainName);
    }
    boolean filtered = since != null || until != null || label != null;
    try (Store store = root.openStore()) {
      if (chainName != null) {
        return points(store, chainName, filter());
      } else if (filtered) {
        pointsOfAll(store, filter());
      } else {
        return chains(store);
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
    Console console = root.console();
    CatalogSearch.Answer answer = new CatalogSearch(store, console).find(filter);
    Map<String, Optional<Manifest.Marks>> marks = new HashMap<>();
    List<Map<String, Object>> points = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    for (CatalogPoint point : answer.points()) {
      Optional<Manifest.Marks> its = marks.get(point.chain());
      if (its == null) {
        its = marks(store, point.chain());
        marks.put(point.chain(), its);
      }
      if (console.json()) {
        points.add(PointRows.json(point, its));
      } else {
        lines.add(PointRows.text(point, its));
      }
    }
    console.line("%s", PointRows.CHAIN_HEADING);
    console.lines(lines);
    console.object(Fields.of("points", points).and("stale", answer.stale()).map());
  }

  /** Returns what the catalog does not have; empty if the chain cannot say it now. */
  private static Optional<Manifest.Marks> marks(Store store, String name) throws IOException {
    try (Chain chain = store.open(name)) {
      return Optional.of(chain.manifest().marks());
    } catch (StoreException _) {
      return Optional.empty(); // the search has told why
    }
  }

  /** One chain that cannot be read does not hide the others. */
  private int chains(Store store) throws IOException {
    Console console = root.console();
    Failures failures = new Failures(console);
    List<Map<String, Object>> chains = new ArrayList<>();
    List<String> names = store.chainNames();
    List<String> lines = new ArrayList<>();
    for (String name : names) {
      try (Chain chain = store.open(name)) {
        List<RestorePoint> points = chain.restorePoints();
        String newest = points.isEmpty() ? null : points.getLast().point().time().toString();
        lines.add(
            String.format(
                Locale.ROOT,
                "%-24s %8s  %s",
                name,
                points.size(),
                Objects.requireNonNullElse(newest, "-")));
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("chain", name);
        row.put("points", points.size());
        row.put("newest", newest);
        chains.add(row);
      } catch (IOException e) {
        failures.add(name, e);
      }
    }
    for (CorruptFileException stranger : store.strangers()) {
      failures.add(stranger.file().substring(stranger.file().lastIndexOf('/') + 1), stranger);
    }
    console.line("%-24s %8s  %s", "CHAIN", "POINTS", "NEWEST");
    console.lines(lines);
    console.object(Fields.of("chains", chains).and("failedChains", failures.chains()).map());
    return failures.exit();
  }

  /** A chain that has no point yet and is being received is incomplete. */
  private int points(Store store, String name, CatalogSearch.Filter filter) throws IOException {
    Console console = root.console();
    try (Chain chain = store.open(name)) {
      List<Map<String, Object>> points = new ArrayList<>();
      List<String> lines = new ArrayList<>();
      for (RestorePoint point : chain.restorePoints()) {
        if (!filter.takes(point.point().time(), point.label())) {
          continue;
        }
        if (console.json()) {
          points.add(PointRows.json(point));
        } else {
          lines.add(PointRows.text(point));
        }
      }
      console.line("%s", PointRows.HEADING);
      console.lines(lines);
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("chain", name);
      result.put("points", points);
      Optional<ComingRow> coming = ComingRow.of(chain);
      coming.ifPresent(row -> row.tell(console, result));
      console.object(result);
      return coming.isPresent() && chain.manifest().tip().isEmpty()
          ? ExitCodes.INCOMPLETE
          : ExitCodes.DONE;
    }
  }
}

package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.ChainSnapshot.RestorePoint;
import dev.cairn.chain.Store;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn list}. */
@Command(
    name = "list",
    aliases = "log",
    description = "lists the restore points of a chain, or the chains of a store")
final class ListCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(arity = "0..1", paramLabel = "CHAIN", description = "without it: all chains")
  @Nullable String chainName;

  @Override
  public Integer call() throws IOException {
    try (Store store = root.openStore()) {
      if (chainName == null) {
        chains(store);
      } else {
        points(store, chainName);
      }
    }
    return ExitCodes.DONE;
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

  private void points(Store store, String name) throws IOException {
    try (Chain chain = store.open(name);
        ChainSnapshot snapshot = chain.snapshot()) {
      List<Map<String, Object>> points = new ArrayList<>();
      root.console()
          .line("%10s  %-27s %10s %10s  %s", "CHECKPOINT", "TIME", "PAGES", "BYTES", "LABEL");
      for (RestorePoint point : snapshot.restorePoints()) {
        points.add(PointRows.json(point));
        root.console().line("%s", PointRows.text(point));
      }
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("chain", name);
      result.put("points", points);
      root.console().object(result);
    }
  }
}

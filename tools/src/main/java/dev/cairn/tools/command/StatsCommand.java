package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.ChainStats;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.Hold;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn stats}. */
@Command(
    name = "stats",
    description =
        "what a chain costs; live is what some index draws on, and these indexes; space amplification"
            + " is what is stored for each live byte")
final class StatsCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(paramLabel = "CHAIN")
  String chainName = "";

  @Override
  public Integer call() throws IOException {
    try (Store store = root.openStore();
        Chain chain = store.open(chainName);
        ChainSnapshot snapshot = chain.snapshot()) {
      ChainStats s = ChainStats.of(snapshot);
      Console console = root.console();
      console.line("points                %d", s.points());
      console.line("layers                %d", s.layers());
      console.line("files                 %d", s.files());
      console.line("stored                %s", Console.bytes(s.storedBytes()));
      console.line("shared with others    %s", Console.bytes(s.sharedBytes()));
      console.line("live                  %s", Console.bytes(s.liveBytes()));
      console.line("dead                  %s", Console.bytes(s.deadBytes()));
      OptionalDouble written = s.writeAmplification();
      console.line(
          "write amplification   %s",
          written.isPresent() ? "%.2f".formatted(written.getAsDouble()) : "-");
      console.line("space amplification   %.2f", s.spaceAmplification());
      List<Hold> holds = snapshot.manifest().marks().holds();
      for (Hold hold : holds) {
        console.line(
            "hold                  %s on %s@%d, of %s since %s",
            hold.token(), chainName, hold.point(), hold.owner(), hold.time());
      }
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("chain", chainName);
      row.put("points", s.points());
      row.put("layers", s.layers());
      row.put("files", s.files());
      row.put("storedBytes", s.storedBytes());
      row.put("sharedBytes", s.sharedBytes());
      row.put("liveBytes", s.liveBytes());
      row.put("deadBytes", s.deadBytes());
      row.put("ingestedBytes", snapshot.manifest().ingested());
      row.put("writtenBytes", snapshot.manifest().written());
      row.put("writeAmplification", written.isPresent() ? written.getAsDouble() : null);
      row.put("spaceAmplification", s.spaceAmplification());
      row.put("holds", PointRows.json(holds));
      console.object(row);
    }
    return ExitCodes.DONE;
  }
}

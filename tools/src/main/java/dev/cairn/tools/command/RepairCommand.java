package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Damage;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.merge.Repairer;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.FileName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn repair}. */
@Command(
    name = "repair",
    description = "brings a damaged chain back to what is intact; damaged files are put aside")
final class RepairCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(paramLabel = "CHAIN")
  String chainName = "";

  @Option(names = "--dry-run", description = "says what would be lost")
  boolean dryRun;

  @Override
  public Integer call() throws IOException {
    Console console = root.console();
    Findings findings = new Findings(console);
    try (Kept _ =
            new Kept(
                root.console(), "what was there is kept; to go on: cairn repair " + chainName);
        Store store = root.openStore();
        Chain chain = store.openDamaged(chainName)) {
      Optional<CorruptFileException> lost = chain.manifestDamage();
      List<FileName> unknown = chain.unknownToSpare();
      long generation = chain.manifest().generation();
      lost.ifPresent(damage -> findings.of(chainName).accept(Finding.of(damage)));
      if (!dryRun) {
        chain.restoreManifest();
        chain.spareDamage().ifPresent(damage -> console.warn(String.valueOf(damage.getMessage())));
      }
      Repairer repairer = new Repairer(chain, console.progress("repair " + chainName));
      Optional<Damage> damage = examine(repairer, findings);
      if (lost.isPresent()) {
        tellLost(chain.manifest(), generation, unknown);
      }
      damage.ifPresent(this::tell);
      if (!dryRun && damage.isPresent()) {
        repairer.repair(damage.get());
      }
      boolean clean = damage.isEmpty() && lost.isEmpty();
      long aside = damage.map(found -> found.edit().generation()).orElse(generation);
      console.note("%s", end(clean, chain.directory().path() + "/damaged/" + aside));
      Map<String, Object> row = row(findings, true);
      row.put("manifestFromSpare", lost.isPresent());
      row.put("unknownToSpare", unknown.stream().map(FileName::text).toList());
      damage.ifPresent(found -> put(row, found));
      console.object(row);
      return dryRun && !clean ? ExitCodes.CORRUPT : ExitCodes.DONE;
    }
  }

  private Optional<Damage> examine(Repairer repairer, Findings findings) throws IOException {
    try {
      return repairer.examine(findings.of(chainName));
    } catch (CorruptFileException e) {
      root.console().object(row(findings, false));
      throw e;
    }
  }

  /** The spare may be older than what was lost: that is seen by files that it does not name. */
  private void tellLost(Manifest spare, long generation, List<FileName> unknown) {
    Console console = root.console();
    console.line("MANIFEST   from its spare, generation %d", generation);
    unknown.forEach(file -> console.line("put aside  %s, which the spare does not name", file));
    if (!unknown.isEmpty()) {
      String newest = spare.tip().map(tip -> chainName + "@" + tip.number()).orElse("none");
      console.line("newest     %s; later points may be lost", newest);
    }
  }

  private String end(boolean clean, String aside) {
    if (clean) {
      return chainName + ": no damage found";
    }
    return dryRun
        ? "nothing was changed; to repair: cairn repair " + chainName
        : chainName + " is repaired; what was damaged lies in " + aside;
  }

  private void tell(Damage damage) {
    Console console = root.console();
    for (PointSet.Range range : damage.lost().ranges()) {
      if (range.from() == range.to()) {
        console.line("lost       %s@%d", chainName, range.from());
      } else {
        console.line("lost       %s@%d to %s@%d", chainName, range.from(), chainName, range.to());
      }
    }
    console.line("newest     %s@%d", chainName, damage.edit().tip().number());
    damage.setAside().forEach(file -> console.line("put aside  %s", file.text()));
  }

  private Map<String, Object> row(Findings findings, boolean repairable) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("chain", chainName);
    row.put("clean", findings.count() == 0);
    row.put("findings", findings.rows());
    row.put("dryRun", dryRun);
    row.put("repairable", repairable);
    return row;
  }

  private static void put(Map<String, Object> row, Damage damage) {
    row.put("checkpoint", damage.edit().tip().number());
    row.put("lost", numbers(damage.lost()));
    row.put("setAside", damage.setAside().stream().map(FileName::text).toList());
  }

  private static List<Long> numbers(PointSet points) {
    List<Long> numbers = new ArrayList<>();
    for (PointSet.Range range : points.ranges()) {
      LongStream.rangeClosed(range.from(), range.to()).forEach(numbers::add);
    }
    return numbers;
  }
}

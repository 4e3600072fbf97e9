package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.Hold;
import dev.cairn.chain.retention.RetentionPoint;
import dev.cairn.chain.retention.RetentionPolicy;
import dev.cairn.chain.retention.RetentionRules;
import dev.cairn.store.NoSuchPointException;
import java.io.IOException;
import java.time.ZoneId;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn forget}. */
@Command(
    name = "forget",
    description =
        "lets restore points go that no rule keeps; the newest, pinned and held ones always stay")
final class ForgetCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(paramLabel = "CHAIN")
  String chainName = "";

  @Mixin KeepOptions keep = new KeepOptions();

  @Option(
      names = "--expire-hold",
      paramLabel = "TOKEN",
      description = "ends a hold whose owner is gone; see: cairn stats; may be given several times")
  List<String> expiredHolds = List.of();

  @Option(names = "--dry-run", description = "says what would be kept and forgotten")
  boolean dryRun;

  @Override
  public Integer call() throws IOException {
    RetentionRules rules = rules();
    RetentionPolicy policy = new RetentionPolicy(rules, ZoneId.systemDefault());
    Console console = root.console();
    try (Kept _ =
            new Kept(
                root.console(),
                "what a rule keeps is kept; for the rest: cairn list " + chainName);
        Store store = root.openStore();
        Chain chain = store.open(chainName);
        ChainSnapshot snapshot = chain.snapshot()) {
      checkHolds(snapshot);
      ForgetPlan plan;
      try (Elapsed _ = console.elapsed("forget " + chainName)) {
        plan =
            rules.isEmpty()
                ? ForgetPlan.ofHolds(expiredHolds)
                : ForgetPlan.of(policy.plan(points(snapshot)), expiredHolds);
        plan = dryRun ? plan : plan.commit(chain);
      }
      if (dryRun) {
        console.lines(plan.lines());
      } else {
        plan.lines().forEach(line -> console.note("%s", line));
      }
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("chain", chainName);
      row.put("kept", plan.kept().keySet());
      row.put("forgotten", plan.forgotten());
      row.put("expiredHolds", expiredHolds);
      row.put("dryRun", dryRun);
      console.object(row);
    }
    return ExitCodes.DONE;
  }

  private void checkHolds(ChainSnapshot snapshot) throws IOException {
    for (String token : expiredHolds) {
      if (snapshot.manifest().marks().holds().stream().noneMatch(h -> h.token().equals(token))) {
        throw new NoSuchPointException(
            "chain " + chainName + " has no hold " + token + "; see: cairn stats " + chainName);
      }
    }
  }

  /** The points as they are when the holds that expire are gone. */
  private List<RetentionPoint> points(ChainSnapshot snapshot) throws IOException {
    Set<Long> held = new HashSet<>();
    for (Hold hold : snapshot.manifest().marks().holds()) {
      if (!expiredHolds.contains(hold.token())) {
        held.add(hold.point());
      }
    }
    return snapshot.retentionPoints().stream()
        .map(
            p ->
                new RetentionPoint(
                    p.checkpoint(), p.time(), p.label(), p.pinned(), held.contains(p.checkpoint())))
        .toList();
  }

  private RetentionRules rules() {
    RetentionRules rules = keep.rules();
    if (rules.isEmpty() && expiredHolds.isEmpty()) {
      throw new UsageException(
          "forget: without a rule every point is kept; give --keep-last N or another --keep-…");
    }
    return rules;
  }
}

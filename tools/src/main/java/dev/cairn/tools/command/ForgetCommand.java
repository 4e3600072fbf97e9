package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.Hold;
import dev.cairn.chain.retention.KeepReason;
import dev.cairn.chain.retention.RetentionPlan;
import dev.cairn.chain.retention.RetentionPoint;
import dev.cairn.chain.retention.RetentionPolicy;
import dev.cairn.chain.retention.RetentionRules;
import dev.cairn.store.NoSuchPointException;
import java.io.IOException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn forget}. */
@Command(name = "forget", description = "lets restore points go that no rule keeps")
final class ForgetCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(paramLabel = "CHAIN")
  String chainName = "";

  @Option(names = "--keep-last", paramLabel = "N")
  int last;

  @Option(names = "--keep-secondly", paramLabel = "N")
  int secondly;

  @Option(names = "--keep-minutely", paramLabel = "N")
  int minutely;

  @Option(names = "--keep-hourly", paramLabel = "N")
  int hourly;

  @Option(names = "--keep-daily", paramLabel = "N")
  int daily;

  @Option(names = "--keep-label", paramLabel = "L", description = "may be given several times")
  List<String> labels = List.of();

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
    try (Store store = root.openStore();
        Chain chain = store.open(chainName);
        ChainSnapshot snapshot = chain.snapshot()) {
      checkHolds(snapshot);
      List<String> lines = new ArrayList<>();
      List<Long> kept = new ArrayList<>();
      List<Long> forgotten = new ArrayList<>();
      for (String token : expiredHolds) {
        lines.add("expire            " + token);
      }
      if (!rules.isEmpty()) {
        RetentionPlan plan = policy.plan(points(snapshot));
        for (RetentionPlan.Kept point : plan.kept()) {
          String why = String.join(", ", point.reasons().stream().map(KeepReason::word).toList());
          lines.add("keep   %10d  %s".formatted(point.point().checkpoint(), why));
          kept.add(point.point().checkpoint());
        }
        for (RetentionPoint point : plan.forgotten()) {
          lines.add("forget %10d".formatted(point.checkpoint()));
          forgotten.add(point.checkpoint());
        }
      }
      if (!dryRun) {
        expireHolds(chain);
        if (!forgotten.isEmpty()) {
          chain.commit(List.of(new Edit.Retain(policy)), List.of());
        }
      }
      lines.forEach(line -> console.note("%s", line));
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("chain", chainName);
      row.put("kept", kept);
      row.put("forgotten", forgotten);
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

  /** Before anything is forgotten: a policy sees the holds that were there before its commit. */
  private void expireHolds(Chain chain) throws IOException {
    List<Edit> edits = new ArrayList<>();
    expiredHolds.forEach(token -> edits.add(new Edit.ReleaseHold(token)));
    if (!edits.isEmpty()) {
      chain.commit(edits, List.of());
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
    if (last < 0 || secondly < 0 || minutely < 0 || hourly < 0 || daily < 0) {
      throw new UsageException("--keep-… takes numbers from 1 on");
    }
    RetentionRules rules =
        new RetentionRules(
            last,
            new RetentionRules.Buckets(secondly, minutely, hourly, daily),
            Set.copyOf(labels));
    if (rules.isEmpty() && expiredHolds.isEmpty()) {
      throw new UsageException(
          "forget without a rule would forget everything but the newest point; give --keep-last N or another --keep-…");
    }
    return rules;
  }
}

package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Store;
import dev.cairn.chain.retention.KeepReason;
import dev.cairn.chain.retention.RetentionPlan;
import dev.cairn.chain.retention.RetentionPoint;
import dev.cairn.chain.retention.RetentionPolicy;
import dev.cairn.chain.retention.RetentionRules;
import java.io.IOException;
import java.time.ZoneId;
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

  @Option(names = "--dry-run", description = "says what would be kept and forgotten")
  boolean dryRun;

  @Override
  public Integer call() throws IOException {
    RetentionPolicy policy = new RetentionPolicy(rules(), ZoneId.systemDefault());
    try (Store store = root.openStore();
        Chain chain = store.open(chainName);
        ChainSnapshot snapshot = chain.snapshot()) {
      RetentionPlan plan = policy.plan(snapshot.retentionPoints());
      if (!dryRun && !plan.forgotten().isEmpty()) {
        chain.commit(List.of(new Edit.Retain(policy)), List.of());
      }
      for (RetentionPlan.Kept kept : plan.kept()) {
        String why = String.join(", ", kept.reasons().stream().map(KeepReason::word).toList());
        root.console().note("keep   %10d  %s", kept.point().checkpoint(), why);
      }
      for (RetentionPoint point : plan.forgotten()) {
        root.console().note("forget %10d", point.checkpoint());
      }
      root.console()
          .object(
              Map.of(
                  "chain",
                  chainName,
                  "kept",
                  plan.kept().stream().map(k -> k.point().checkpoint()).toList(),
                  "forgotten",
                  plan.forgotten().stream().map(RetentionPoint::checkpoint).toList(),
                  "dryRun",
                  dryRun));
    }
    return ExitCodes.DONE;
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
    if (rules.isEmpty()) {
      throw new UsageException(
          "forget without a rule would forget everything but the newest point; give --keep-last N or another --keep-…");
    }
    return rules;
  }
}

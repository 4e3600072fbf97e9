package dev.cairn.tools.command;

import dev.cairn.chain.retention.RetentionRules;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Option;

/** The rules by which points are kept, in restic's words. */
final class KeepOptions {
  @Option(names = "--keep-last", paramLabel = "N", description = "the newest N points")
  int last;

  @Option(
      names = "--keep-secondly",
      paramLabel = "N",
      description = "the newest point of each of the last N seconds that have one")
  int secondly;

  @Option(
      names = "--keep-minutely",
      paramLabel = "N",
      description = "the newest point of each of the last N minutes that have one")
  int minutely;

  @Option(
      names = "--keep-hourly",
      paramLabel = "N",
      description =
          "the newest point of each of the last N hours that have one, in local time (TZ)")
  int hourly;

  @Option(
      names = "--keep-daily",
      paramLabel = "N",
      description = "the newest point of each of the last N days that have one, in local time (TZ)")
  int daily;

  @Option(
      names = "--keep-label",
      paramLabel = "L",
      description = "points with this label; may be given several times")
  List<String> labels = List.of();

  /** Returns the rules; empty if none was given. */
  RetentionRules rules() {
    check("--keep-last", last);
    check("--keep-secondly", secondly);
    check("--keep-minutely", minutely);
    check("--keep-hourly", hourly);
    check("--keep-daily", daily);
    labels.forEach(Labels::check);
    return new RetentionRules(
        last, new RetentionRules.Buckets(secondly, minutely, hourly, daily), Set.copyOf(labels));
  }

  private static void check(String option, int number) {
    if (number < 0) {
      throw new UsageException(option + " " + number + ": expected a number from 0 on");
    }
  }
}

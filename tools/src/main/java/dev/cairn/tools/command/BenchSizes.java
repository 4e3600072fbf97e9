package dev.cairn.tools.command;

import dev.cairn.tools.bench.HotSet;
import dev.cairn.tools.bench.Sizes;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code cairn bench} that say how large its data is. Not thread-safe. */
final class BenchSizes {
  @Option(
      names = "--ram",
      paramLabel = "SIZE",
      description = "RAM of the machine; default: the bar's, or 1G")
  @Nullable String ram;

  @Option(
      names = "--checkpoints",
      paramLabel = "N",
      description = "of a chain; default: the bar's, or 64")
  @Nullable Integer checkpoints;

  @Option(
      names = "--dirty",
      paramLabel = "PERCENT",
      description = "of the pages change from one checkpoint to the next; default: the bar's, or 2")
  @Nullable Double dirty;

  @Option(
      names = "--hot",
      paramLabel = "PAGES:CHANGES",
      description =
          "percent of the pages that take so many percent of the changes, or none; default: 5:90")
  @Nullable String hot;

  /** Returns what was asked for. */
  Sizes sizes() {
    OptionalLong bytes = OptionalLong.empty();
    if (ram != null) {
      String given = ram;
      bytes =
          OptionalLong.of(
              ByteSize.parse(given)
                  .orElseThrow(
                      () -> new UsageException("--ram " + given + ": expected a size: 512M, 1G")));
    }
    try {
      return new Sizes(
          bytes,
          checkpoints == null ? OptionalInt.empty() : OptionalInt.of(checkpoints),
          dirty == null ? OptionalDouble.empty() : OptionalDouble.of(dirty),
          hot == null ? HotSet.STANDARD : HotSet.of(hot));
    } catch (IllegalArgumentException e) {
      throw new UsageException("--ram, --checkpoints, --dirty, --hot: " + e.getMessage());
    }
  }
}

package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn compact}. */
@Command(name = "compact", description = "merges all layers into one")
final class CompactCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(paramLabel = "CHAIN")
  String chainName = "";

  @Option(
      names = "--codec",
      paramLabel = "CODEC",
      description = "packs all page data: plain, lz4, zstd or zstd-difference")
  @Nullable String codec;

  @Override
  public Integer call() throws IOException {
    Policies policies = Policies.DEFAULT.with(Codecs.parseOptional(codec));
    try (Kept _ =
            new Kept(
                root.console(),
                "every point of " + chainName + " is kept; to go on: cairn compact " + chainName);
        Store store = root.openStore();
        Chain chain = store.open(chainName)) {
      Progress progress = root.console().progress("compact " + chainName);
      Merger merger = new Merger(chain, policies, progress);
      MergeReports.report(root.console(), merger.compact(), false);
    }
    return ExitCodes.DONE;
  }
}

package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import dev.cairn.merge.policy.MergePolicy;
import dev.cairn.store.file.FrameCodec;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn merge}. */
@Command(name = "merge", description = "merges layers by the size-ratio policy, once")
final class MergeCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(paramLabel = "CHAIN")
  String chainName = "";

  @Option(names = "--size-multiple", paramLabel = "N", description = "default 2")
  int sizeMultiple = 2;

  @Option(names = "--max-pages", paramLabel = "N", description = "off by default")
  @Nullable Long maxPages;

  @Option(names = "--codec", paramLabel = "CODEC", description = Codecs.PACKED)
  @Nullable String codec;

  @Option(names = "--dry-run", description = "says what it would begin with")
  boolean dryRun;

  @Override
  public Integer call() throws IOException {
    if (sizeMultiple < 1 || (maxPages != null && maxPages < 1)) {
      throw new UsageException("--size-multiple and --max-pages take numbers from 1 on");
    }
    OptionalLong most = maxPages == null ? OptionalLong.empty() : OptionalLong.of(maxPages);
    MergePolicy policy = MergePolicy.of(sizeMultiple, most);
    Optional<FrameCodec> frames = Codecs.parseOptional(codec);
    try (Kept _ =
            new Kept(
                root.console(),
                "every point of " + chainName + " is kept; to go on: cairn merge " + chainName);
        Store store = root.openStore();
        Chain chain = store.open(chainName)) {
      Progress progress = root.console().progress("merge " + chainName);
      Merger merger = new Merger(chain, Policies.DEFAULT.with(policy).with(frames), progress);
      MergeReports.report(root.console(), dryRun ? merger.plan() : merger.run(), dryRun);
    }
    return ExitCodes.DONE;
  }
}

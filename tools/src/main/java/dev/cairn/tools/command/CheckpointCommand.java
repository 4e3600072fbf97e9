package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainName;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.PageImage;
import dev.cairn.chain.Store;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.file.Point;
import dev.cairn.tools.image.ImageSpec;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn checkpoint}. */
@Command(name = "checkpoint", description = "stores an image as the next restore point")
final class CheckpointCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(paramLabel = "CHAIN", description = "made if it does not exist")
  String chainName = "";

  @Option(
      names = "--from",
      required = true,
      paramLabel = "FORMAT:PATH",
      description = "mapped-ram:PATH")
  String from = "";

  @Option(names = "--label", paramLabel = "L")
  @Nullable String label;

  @Option(names = "--codec", paramLabel = "CODEC", description = "plain (default), lz4 or zstd")
  String codec = "plain";

  @Override
  public Integer call() throws IOException {
    ImageSpec spec = Images.parse(from);
    FrameCodec frames =
        FrameCodec.ofText(codec)
            .orElseThrow(
                () -> new UsageException("--codec " + codec + ": expected plain, lz4 or zstd"));
    String text = label == null ? "" : Labels.check(label);
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors());
    try (Store store = root.openStore();
        PageImage image = Images.open(spec);
        Chain chain = openOrCreate(store, image.layout().pageSize())) {
      Checkpointer.Result result =
          new Checkpointer(chain)
              .checkpoint(
                  image,
                  new Checkpointer.Options(text, false, frames, threads),
                  root.console().progress("checkpoint"));
      Point point = result.point();
      root.console()
          .note(
              "%s@%d: %d pages, stored %s",
              chainName,
              point.checkpoint(),
              point.written().pages(),
              Console.bytes(result.storedBytes()));
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("chain", chainName);
      row.put("checkpoint", point.checkpoint());
      row.put("id", point.id().toString());
      row.put("pages", point.written().pages());
      row.put("zeroPages", point.written().zeroPages());
      row.put("storedBytes", result.storedBytes());
      root.console().object(row);
    }
    return ExitCodes.DONE;
  }

  private Chain openOrCreate(Store store, int pageSize) throws IOException {
    ChainName.check(chainName);
    return store.chainNames().contains(chainName)
        ? store.open(chainName)
        : store.create(chainName, pageSize);
  }
}

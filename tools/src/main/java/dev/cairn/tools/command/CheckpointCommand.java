package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainName;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.PageImage;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.merge.Policies;
import dev.cairn.store.BadInputException;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.file.Point;
import dev.cairn.tools.image.FlatOptions;
import dev.cairn.tools.image.ImageSpec;
import dev.cairn.tools.image.StatedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn checkpoint}. */
@Command(name = "checkpoint", description = "stores an image as the next restore point")
final class CheckpointCommand implements Callable<Integer> {
  private static final int PAGE = 4096;

  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(paramLabel = "CHAIN", description = "made if it does not exist")
  String chainName = "";

  @Option(
      names = "--from",
      required = true,
      paramLabel = "FORMAT:PATH",
      description =
          ImageSpec.FORMS + "; of a stream within a file, as QEMU has it: mapped-ram:PATH,offset=N")
  String from = "";

  @Option(
      names = "--block",
      paramLabel = "NAME=LENGTH",
      description =
          "a RAM block of a file that does not name its own, in the file's order; repeat for"
              + " each; LENGTH in bytes, or with K, M or G")
  List<String> blocks = List.of();

  @Option(
      names = "--device-state",
      paramLabel = "FILE",
      description = "stored with the point as it is, such as Firecracker's vmstate")
  @Nullable Path deviceState;

  @Option(
      names = "--full-image",
      description = "a page that the image does not have is zero (default, but for sparse:)")
  boolean fullImage;

  @Option(
      names = "--delta",
      description = "a page that the image does not have did not change (default for sparse:)")
  boolean delta;

  @Option(names = "--label", paramLabel = "L", description = "a name for the point: CHAIN@L")
  @Nullable String label;

  @Option(names = "--codec", paramLabel = "CODEC", description = Codecs.WRITTEN)
  String codec = "plain";

  @Option(
      names = "--no-merge",
      description =
          "leaves merging to others, even with more than " + OverdueMerge.MOST_LAYERS + " layers")
  boolean noMerge;

  @Override
  public Integer call() throws IOException {
    ImageSpec spec = Images.parse(from);
    FrameCodec frames = Codecs.parse(codec);
    String text = label == null ? "" : Labels.check(label);
    if (fullImage && delta) {
      throw new UsageException("--full-image and --delta: expected at most one of them");
    }
    List<RamBlock> named = Blocks.parse(blocks);
    if (!named.isEmpty() && !spec.format().isFlat()) {
      throw new UsageException(
          "--block: " + spec.format().word() + " files name their blocks themselves; leave it out");
    }
    boolean asDelta = delta || (spec.format() == ImageSpec.Format.SPARSE && !fullImage);
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors());
    ChainName.check(chainName);
    try (Kept _ =
            new Kept(
                root.console(),
                "every point that was there is kept; whether this one is: cairn list "
                    + chainName);
        Store store = root.openStore();
        PageImage image = image(spec, options(store, spec, named, asDelta));
        OwnChain own = OwnChain.open(store, chainName, image.layout().pageSize())) {
      Chain chain = own.chain();
      Checkpointer.Result result =
          new Checkpointer(chain)
              .checkpoint(
                  image,
                  new Checkpointer.Options(text, asDelta, frames, threads),
                  root.console().progress("checkpoint"));
      Point point = result.point();
      root.console()
          .note(
              "%s@%d: %s, stored %s",
              chainName,
              point.checkpoint(),
              Console.count(point.written().pages(), "page"),
              Console.bytes(result.storedBytes()));
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("chain", chainName);
      row.put("checkpoint", point.checkpoint());
      row.put("id", point.id().toString());
      row.put("pages", point.written().pages());
      row.put("zeroPages", point.written().zeroPages());
      row.put("storedBytes", result.storedBytes());
      row.put("delta", asDelta);
      root.console().object(row);
      if (!noMerge) {
        OverdueMerge.run(chain, Policies.of(frames), root.console());
      }
    }
    return ExitCodes.DONE;
  }

  private PageImage image(ImageSpec spec, FlatOptions options) throws IOException {
    if (deviceState == null) {
      return Images.open(spec, options, root.console());
    }
    DeviceSection section = StatedImage.read(deviceState);
    return new StatedImage(Images.open(spec, options, root.console()), section);
  }

  /** Asks the chain, if it is there, what the image does not say; leaves it as it is. */
  private FlatOptions options(Store store, ImageSpec spec, List<RamBlock> named, boolean asDelta)
      throws IOException {
    FlatOptions options = new FlatOptions(named, PAGE, Optional.empty(), asDelta);
    boolean asked = asDelta || spec.format().isFlat();
    if (asked && store.chainNames().contains(chainName)) {
      try (Chain chain = store.open(chainName);
          ChainSnapshot snapshot = chain.snapshot()) {
        Optional<Manifest.Tip> newest = snapshot.manifest().tip();
        Optional<RamLayout> tip =
            newest.isEmpty()
                ? Optional.empty()
                : Optional.of(snapshot.view(newest.get().number()).layout());
        options = new FlatOptions(named, snapshot.manifest().pageSize(), tip, asDelta);
      }
    }
    if (asDelta && options.tip().isEmpty()) {
      throw new BadInputException(
          "chain "
              + chainName
              + ": newest point at offset 0: expected one that a delta can lie on, found none;"
              + " store a whole image first, or, if what it leaves out is zero, give --full-image");
    }
    return options;
  }
}

package dev.cairn.tools.command;

import dev.cairn.chain.PageSink;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.image.FlatOptions;
import dev.cairn.tools.image.ImageSpec;
import dev.cairn.tools.image.StatedSink;
import dev.cairn.tools.memory.ReadablePoint;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
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

/** {@code cairn restore}. */
@Command(
    name = "restore",
    description = "writes a restore point as a file that a hypervisor starts from")
final class RestoreCommand implements Callable<Integer> {
  /** How long a point that is coming is waited for while nobody pulls it. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(paramLabel = "POINT", description = "CHAIN@N, @latest, @LABEL or @TIME")
  String pointName = "";

  @Option(
      names = "--to",
      required = true,
      paramLabel = "FORMAT:PATH",
      description = ImageSpec.FORMS + "; flat files have zero pages as holes")
  String to = "";

  @Option(
      names = "--device-state",
      paramLabel = "FILE",
      description = "where the point's --device-state goes")
  @Nullable Path deviceState;

  @Override
  public Integer call() throws IOException {
    PointName name = PointName.parse(pointName);
    ImageSpec spec = Images.parse(to);
    try (Kept _ =
            new Kept(
                root.console(),
                "the point is kept, and nothing half written has the name "
                    + spec.path()
                    + "; to begin again, give the same command");
        OpenPoint open = OpenPoint.open(root, name, Optional.of(PATIENCE));
        PageSink sink = sink(spec)) {
      ReadablePoint point = open.point();
      point.restore(sink, root.console().progress("restore"));
      root.console().note("restored %s to %s", open.text(), spec.path());
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("chain", name.chain());
      row.put("checkpoint", point.checkpoint());
      row.put("to", spec.path().toString());
      row.put("blocks", Blocks.json(point.layout()));
      if (deviceState != null) {
        row.put("deviceState", deviceState.toString());
      }
      if (spec.format().isFlat()) {
        tellHowToReadItBack(spec, point.layout());
      }
      root.console().object(row);
    }
    return ExitCodes.DONE;
  }

  private PageSink sink(ImageSpec spec) throws IOException {
    PageSink memory = Images.sink(spec);
    if (deviceState == null) {
      return memory;
    }
    if (deviceState.toAbsolutePath().normalize().equals(spec.path().toAbsolutePath().normalize())) {
      throw new UsageException(
          "--device-state " + deviceState + ": expected another file than that of the memory");
    }
    return new StatedSink(memory, deviceState);
  }

  /** A flat file names no blocks, and holes are zeros here, whatever they mean when read. */
  private void tellHowToReadItBack(ImageSpec spec, RamLayout layout) {
    boolean sparse = spec.format() == ImageSpec.Format.SPARSE;
    List<String> names = layout.blocks().stream().map(RamBlock::name).toList();
    if (sparse || !names.equals(List.of(FlatOptions.RAM))) {
      root.console()
          .note(
              "it is whole, and holes are zeros; to read it: --from %s:%s%s %s",
              spec.format().word(),
              spec.path(),
              sparse ? " --full-image" : "",
              Blocks.options(layout));
    }
  }
}

package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.PageSink;
import dev.cairn.chain.Restorer;
import dev.cairn.chain.Store;
import dev.cairn.tools.image.ImageSpec;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn restore}. */
@Command(
    name = "restore",
    description = "writes a restore point as a file that a hypervisor starts from")
final class RestoreCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(paramLabel = "POINT", description = "CHAIN@N, @latest, @LABEL or @TIME")
  String pointName = "";

  @Option(
      names = "--to",
      required = true,
      paramLabel = "FORMAT:PATH",
      description = "mapped-ram:PATH")
  String to = "";

  @Override
  public Integer call() throws IOException {
    PointName name = PointName.parse(pointName);
    ImageSpec spec = Images.parse(to);
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors());
    try (Store store = root.openStore();
        Chain chain = store.open(name.chain());
        ChainSnapshot snapshot = chain.snapshot();
        PageSink sink = Images.sink(spec)) {
      long n = name.find(snapshot).checkpoint();
      new Restorer(snapshot.view(n), sink, root.console().progress("restore")).run(threads);
      root.console().note("restored %s@%d to %s", name.chain(), n, spec.path());
      root.console()
          .object(Map.of("chain", name.chain(), "checkpoint", n, "to", spec.path().toString()));
    }
    return ExitCodes.DONE;
  }
}

package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Store;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn pin}. */
@Command(name = "pin", description = "protects a restore point from retention")
final class PinCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(paramLabel = "POINT", description = "CHAIN@N, @latest, @LABEL or @TIME")
  String pointName = "";

  @Option(names = "--remove", description = "ends the protection")
  boolean remove;

  @Override
  public Integer call() throws IOException {
    PointName name = PointName.parse(pointName);
    try (Store store = root.openStore();
        Chain chain = store.open(name.chain())) {
      long n = name.number(chain);
      chain.commit(List.of(new Edit.Pin(n, !remove)), List.of());
      root.console().note("%s@%d is %s", name.chain(), n, remove ? "not pinned" : "pinned");
      root.console()
          .object(
              Fields.of("chain", name.chain()).and("checkpoint", n).and("pinned", !remove).map());
    }
    return ExitCodes.DONE;
  }
}

package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Store;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn fork}. */
@Command(name = "fork", description = "makes a new chain that shares the files up to a point")
final class ForkCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(index = "0", paramLabel = "POINT")
  String pointName = "";

  @Parameters(index = "1", paramLabel = "NEWCHAIN")
  String newName = "";

  @Override
  public Integer call() throws IOException {
    PointName name = PointName.parse(pointName);
    try (Store store = root.openStore();
        Chain chain = store.open(name.chain())) {
      long n = name.number(chain);
      store.fork(chain, n, newName);
      root.console().note("%s is a fork of %s@%d", newName, name.chain(), n);
      root.console()
          .object(Fields.of("chain", newName).and("from", name.chain()).and("checkpoint", n).map());
    }
    return ExitCodes.DONE;
  }
}

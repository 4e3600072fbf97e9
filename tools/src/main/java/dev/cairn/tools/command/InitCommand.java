package dev.cairn.tools.command;

import dev.cairn.chain.Store;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code cairn init}. */
@Command(name = "init", description = "makes a store")
final class InitCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Override
  public Integer call() throws IOException {
    try (Store store = root.createStore(root.storePath())) {
      root.console().note("made store %s in %s", store.id(), store.path());
      root.console()
          .object(Fields.of("store", store.path()).and("id", store.id().toString()).map());
    }
    return ExitCodes.DONE;
  }
}

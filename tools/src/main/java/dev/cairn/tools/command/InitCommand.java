package dev.cairn.tools.command;

import dev.cairn.chain.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn init}. */
@Command(name = "init", description = "makes a store")
final class InitCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      description = "the same as --store DIR, for this command")
  @Nullable Path given;

  @Override
  public Integer call() throws IOException {
    if (given != null && root.givenStore().isPresent()) {
      throw new UsageException("init: give DIR or --store, not both");
    }
    try (Store store = root.createStore(given != null ? given : root.storePath())) {
      root.console().note("made store %s in %s", store.id(), store.path());
      root.console()
          .object(Fields.of("store", store.path()).and("id", store.id().toString()).map());
    }
    return ExitCodes.DONE;
  }
}

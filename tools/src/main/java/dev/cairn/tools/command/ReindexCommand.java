package dev.cairn.tools.command;

import dev.cairn.chain.Store;
import dev.cairn.chain.catalog.Catalog;
import dev.cairn.store.BusyException;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code cairn reindex}. */
@Command(
    name = "reindex",
    description = "makes the catalog, which answers over all chains, anew from the chains")
final class ReindexCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Override
  public Integer call() throws IOException {
    try (Kept _ = new Kept(root.console(), "chains are as they were; to go on: cairn reindex");
        Store store = root.openStore()) {
      CatalogConsole listener = new CatalogConsole(root.console(), "reindex");
      try (Catalog catalog =
          Catalog.tryOpen(store, listener)
              .orElseThrow(
                  () ->
                      new BusyException(
                          store.path() + "/catalog is being written by another process"))) {
        Catalog.Report report = catalog.rebuild(listener);
        root.console()
            .note(
                "%s of %s",
                Console.count(report.written(), "point"), Console.count(report.chains(), "chain"));
        root.console()
            .object(
                Fields.of("chains", report.chains())
                    .and("points", report.written())
                    .and("skipped", listener.skipped())
                    .map());
      }
      return listener.skipped().isEmpty() ? ExitCodes.DONE : ExitCodes.CORRUPT;
    }
  }
}

package dev.cairn.tools.command;

import dev.cairn.chain.Store;
import dev.cairn.chain.catalog.Catalog;
import dev.cairn.store.BusyException;
import java.io.IOException;
import java.util.Map;
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
    try (Store store = root.openStore()) {
      CatalogConsole listener = new CatalogConsole(root.console(), "reindex");
      try (Catalog catalog =
          Catalog.tryOpen(store, listener)
              .orElseThrow(
                  () ->
                      new BusyException(
                          store.path() + "/catalog is being written by another process"))) {
        Catalog.Report report = catalog.rebuild(listener);
        root.console().note("%d points of %d chains", report.written(), report.chains());
        root.console()
            .object(
                Map.of(
                    "chains",
                    report.chains(),
                    "points",
                    report.written(),
                    "skipped",
                    listener.skipped()));
      }
      return listener.skipped().isEmpty() ? ExitCodes.DONE : ExitCodes.CORRUPT;
    }
  }
}

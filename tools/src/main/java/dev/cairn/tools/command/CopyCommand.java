package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainName;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.Manifest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn copy}. */
@Command(
    name = "copy",
    description = "copies a chain into another store, or brings its copy there forward")
final class CopyCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(paramLabel = "CHAIN")
  String chainName = "";

  @Option(names = "--to", required = true, paramLabel = "STORE", description = "made by cairn init")
  Path to = Path.of("");

  @Option(names = "--as", paramLabel = "NAME", description = "default: the same name")
  @Nullable String as;

  @Override
  public Integer call() throws IOException {
    String name = ChainName.check(as == null ? chainName : as);
    try (Kept _ =
            new Kept(
                root.console(), "what was in " + to + " is kept; to go on, give the same command");
        Store store = root.openStore();
        Chain chain = store.open(chainName);
        Store target = root.openStore(to);
        ChainSnapshot snapshot = chain.snapshot()) {
      if (target.path().equals(store.path())) {
        throw new UsageException(
            "--to " + to + " is the store that " + chainName + " is in; see: cairn help fork");
      }
      int copied = target.copy(snapshot, name, root.console().progress("copy"));
      Manifest manifest = snapshot.manifest();
      int files = manifest.files().size();
      root.console()
          .note("%s is in %s as %s: %d of %d files copied", chainName, to, name, copied, files);
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("chain", chainName);
      row.put("to", target.path());
      row.put("as", name);
      manifest.tip().ifPresent(tip -> row.put("checkpoint", tip.number()));
      row.put("files", files);
      row.put("copied", copied);
      root.console().object(row);
    }
    return ExitCodes.DONE;
  }
}

package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Store;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn label}. */
@Command(name = "label", description = "gives a restore point a label")
final class LabelCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(index = "0", paramLabel = "POINT")
  String pointName = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "LABEL",
      description = "none: takes it away")
  @Nullable String label;

  @Override
  public Integer call() throws IOException {
    PointName name = PointName.parse(pointName);
    String text = label == null ? "" : Labels.check(label);
    try (Store store = root.openStore();
        Chain chain = store.open(name.chain())) {
      long n = name.number(chain);
      chain.commit(List.of(new Edit.Label(n, text)), List.of());
      root.console()
          .note(
              "%s@%d %s", name.chain(), n, text.isEmpty() ? "has no label" : "is labelled " + text);
      root.console()
          .object(Fields.of("chain", name.chain()).and("checkpoint", n).and("label", text).map());
    }
    return ExitCodes.DONE;
  }
}

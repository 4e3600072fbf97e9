package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Store;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn label}. */
@Command(name = "label", description = "gives a restore point a label, or says which it has")
final class LabelCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(index = "0", paramLabel = "POINT")
  String pointName = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "LABEL",
      description = "without it: says which label the point has")
  @Nullable String label;

  @Option(names = "--remove", description = "takes the label away")
  boolean remove;

  @Override
  public Integer call() throws IOException {
    if (remove && label != null) {
      throw new UsageException("label: give LABEL or --remove, not both");
    }
    PointName name = PointName.parse(pointName);
    try (Store store = root.openStore();
        Chain chain = store.open(name.chain())) {
      long n = name.number(chain);
      String text;
      if (label == null && !remove) {
        text = labelOf(chain, n);
      } else {
        text = label == null ? "" : Labels.check(label);
        chain.commit(List.of(new Edit.Label(n, text)), List.of());
      }
      root.console()
          .note(
              "%s@%d %s", name.chain(), n, text.isEmpty() ? "has no label" : "is labelled " + text);
      root.console()
          .object(Fields.of("chain", name.chain()).and("checkpoint", n).and("label", text).map());
    }
    return ExitCodes.DONE;
  }

  private static String labelOf(Chain chain, long point) throws IOException {
    return chain.restorePoints().stream()
        .filter(one -> one.point().checkpoint() == point)
        .map(ChainSnapshot.RestorePoint::label)
        .findFirst()
        .orElse("");
  }
}

package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.PointDiff;
import dev.cairn.chain.Store;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn diff}. */
@Command(
    name = "diff",
    description = "counts the pages in which two restore points of a chain differ")
final class DiffCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(index = "0", paramLabel = "A")
  String from = "";

  @Parameters(index = "1", paramLabel = "B")
  String to = "";

  @Option(names = "--ranges", description = "also lists the ranges of pages")
  boolean ranges;

  @Override
  public Integer call() throws IOException {
    PointName a = PointName.parse(from);
    PointName b = PointName.parse(to);
    if (!a.chain().equals(b.chain())) {
      throw new UsageException("diff compares two points of one chain, not " + from + " and " + to);
    }
    try (Store store = root.openStore();
        Chain chain = store.open(a.chain());
        ChainSnapshot snapshot = chain.snapshot()) {
      long first = a.find(snapshot).checkpoint();
      long second = b.find(snapshot).checkpoint();
      List<Map<String, Object>> blocks = new ArrayList<>();
      for (PointDiff.Block block : new PointDiff(snapshot, first, second).run()) {
        root.console()
            .line(
                "%-28s %10d %s changed",
                block.name(), block.pages(), block.pages() == 1 ? "page" : "pages");
        List<List<Long>> listed = new ArrayList<>();
        for (PointDiff.Range range : block.ranges()) {
          listed.add(List.of(range.page(), range.count()));
          if (ranges) {
            root.console()
                .line("    page %d, %s", range.page(), Console.count(range.count(), "page"));
          }
        }
        blocks.add(
            Fields.of("block", block.name())
                .and("pages", block.pages())
                .and("ranges", listed)
                .map());
      }
      root.console().object(Fields.of("a", first).and("b", second).and("blocks", blocks).map());
    }
    return ExitCodes.DONE;
  }
}

package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.PointDiff;
import dev.cairn.chain.Store;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn diff}. */
@Command(
    name = "diff",
    description = "tells which pages differ between two restore points of a chain, by RAM block")
final class DiffCommand implements Callable<Integer> {
  private static final int MOST_RANGES = 12;

  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(index = "0", paramLabel = "A", description = "CHAIN@N, @latest, @LABEL or @TIME")
  String from = "";

  @Parameters(index = "1", paramLabel = "B", description = "another point of the same chain")
  String to = "";

  @Option(
      names = "--ranges",
      description = "all ranges of pages, not only the first " + MOST_RANGES + " of a block")
  boolean ranges;

  @Option(names = "--stat", description = "counts and bars only, as git has them")
  boolean stat;

  @Option(
      names = "--pages",
      paramLabel = "BLOCK:PAGE",
      description = "one page at both points in hex, side by side; a * is before what differs")
  @Nullable String page;

  @Override
  public Integer call() throws IOException {
    PointName a = PointName.parse(from);
    PointName b = PointName.parse(to);
    if (!a.chain().equals(b.chain())) {
      throw new UsageException("diff compares two points of one chain, not " + from + " and " + to);
    }
    if (page != null && (stat || ranges)) {
      throw new UsageException("--pages: expected neither --stat nor --ranges beside it");
    }
    Optional<PageHex.Place> place = Optional.ofNullable(page).map(PageHex.Place::parse);
    try (Kept _ = new Kept(root.console(), "nothing was changed");
        Store store = root.openStore();
        Chain chain = store.open(a.chain());
        ChainSnapshot snapshot = chain.snapshot()) {
      long first = a.find(snapshot).checkpoint();
      long second = b.find(snapshot).checkpoint();
      if (place.isPresent()) {
        page(snapshot, place.get(), first, second);
      } else {
        blocks(snapshot, first, second);
      }
    }
    return ExitCodes.DONE;
  }

  private void blocks(ChainSnapshot snapshot, long first, long second) throws IOException {
    Console console = root.console();
    List<PointDiff.Block> found =
        new PointDiff(snapshot, first, second).run(console.progress("diff " + snapshot.chain()));
    List<Map<String, Object>> blocks = new ArrayList<>();
    List<StatBars.Row> rows = new ArrayList<>();
    for (PointDiff.Block block : found) {
      if (!stat) {
        lines(block);
      }
      rows.add(
          new StatBars.Row(block.name(), block.pages() - block.zeroPages(), block.zeroPages()));
      blocks.add(
          Fields.of("block", block.name())
              .and("pages", block.pages())
              .and(
                  "ranges",
                  block.ranges().stream()
                      .map(range -> List.of(range.page(), range.count()))
                      .toList())
              .and("zeroPages", block.zeroPages())
              .map());
    }
    if (stat) {
      int pageSize = snapshot.manifest().pageSize();
      console.lines(StatBars.lines(rows, pageSize, Console.width()));
    }
    console.object(Fields.of("a", first).and("b", second).and("blocks", blocks).map());
  }

  private void lines(PointDiff.Block block) {
    Console console = root.console();
    console.line(
        "%-28s %10d %s changed",
        block.name(), block.pages(), block.pages() == 1 ? "page" : "pages");
    long shown = ranges ? Long.MAX_VALUE : MOST_RANGES;
    block.ranges().stream()
        .limit(shown)
        .forEach(
            range ->
                console.line(
                    "    page %d, %s", range.page(), Console.count(range.count(), "page")));
    if (block.ranges().size() > shown) {
      long more = block.ranges().size() - shown;
      console.line("    and %s; see --ranges", Console.count(more, "more range"));
    }
  }

  private void page(ChainSnapshot snapshot, PageHex.Place place, long first, long second)
      throws IOException {
    byte[] zeros = new byte[snapshot.manifest().pageSize()];
    Optional<byte[]> a = PageHex.read(snapshot, first, place);
    Optional<byte[]> b = PageHex.read(snapshot, second, place);
    Console console = root.console();
    PageHex hex = new PageHex(a.orElse(zeros), b.orElse(zeros));
    console.line(
        "%s:%d: %s | %s",
        place.block(), place.page(), title(first, a.isPresent()), title(second, b.isPresent()));
    console.lines(hex.changed().isEmpty() ? List.of("the same") : hex.lines());
    console.object(
        Fields.of("a", first)
            .and("b", second)
            .and("block", place.block())
            .and("page", place.page())
            .and("changed", hex.changed())
            .and("contentA", a.map(HexFormat.of()::formatHex).orElse(null))
            .and("contentB", b.map(HexFormat.of()::formatHex).orElse(null))
            .map());
  }

  private static String title(long point, boolean there) {
    return "@" + point + (there ? "" : " (not there)");
  }
}

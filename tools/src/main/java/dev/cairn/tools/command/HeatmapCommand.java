package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.tools.image.NewFile;
import dev.cairn.tools.linux.Terminal;
import dev.cairn.tools.picture.By;
import dev.cairn.tools.picture.HeatPicture;
import dev.cairn.tools.picture.HeatText;
import dev.cairn.tools.picture.Palette;
import dev.cairn.tools.picture.Shades;
import dev.cairn.tools.picture.WriteMap;
import dev.cairn.tools.picture.WriteMapReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn heatmap}. */
@Command(
    name = "heatmap",
    description =
        "draws which parts of the memory were written when: into a file, or here; reads indexes,"
            + " no pages")
final class HeatmapCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(paramLabel = "CHAIN")
  String chainName = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "FILE.png or FILE.svg; without it: characters, as wide as the terminal")
  @Nullable Path output;

  @Option(
      names = "--by",
      paramLabel = "WHAT",
      description = "often (default): how much of it a point writes; recent: how long ago")
  String by = "often";

  @Option(
      names = "--dark",
      description = "colours for a dark page; an SVG without it follows its reader")
  boolean dark;

  @Option(names = "--ascii", description = "in a terminal: no characters beyond ASCII")
  boolean ascii;

  @Override
  public Integer call() throws IOException {
    By what = by();
    String format = format();
    int columns = output == null ? HeatText.columns(Console.width()) : HeatPicture.COLUMNS;
    int rows = output == null ? HeatText.ROWS : HeatPicture.ROWS;
    Console console = root.console();
    Shades shades;
    try (Kept _ = new Kept(root.console(), "nothing was changed, and no picture written");
        Store store = root.openStore();
        Chain chain = store.open(chainName);
        ChainSnapshot snapshot = chain.snapshot()) {
      Progress progress = console.progress("heatmap " + chainName);
      shades = Shades.of(WriteMapReader.read(snapshot, rows, columns, progress), what);
    }
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("chain", chainName);
    row.put("by", by);
    if (output == null) {
      console.lines(new HeatText(chainName, shades, style()).lines());
      putMap(row, shades.map());
    } else {
      HeatPicture picture = new HeatPicture(chainName, shades, HeatPicture.WIDTH);
      NewFile.put(output, format.equals("png") ? picture.png(palette()) : svg(picture));
      console.note("%s: the heat map of %s", output, chainName);
      row.put("file", output.toString());
    }
    console.object(row);
    return ExitCodes.DONE;
  }

  private By by() {
    return switch (by) {
      case "often" -> By.OFTEN;
      case "recent" -> By.RECENT;
      default -> throw new UsageException("--by " + by + ": expected often or recent");
    };
  }

  private String format() {
    String name = output == null ? "" : String.valueOf(output.getFileName());
    if (output == null || name.endsWith(".png")) {
      return "png";
    }
    if (name.endsWith(".svg")) {
      return "svg";
    }
    throw new UsageException("-o " + output + ": expected FILE.png or FILE.svg");
  }

  private byte[] svg(HeatPicture picture) {
    String text = dark ? picture.svg(Palette.DARK) : picture.svg();
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Palette palette() {
    return dark ? Palette.DARK : Palette.LIGHT;
  }

  /** Colours only where somebody looks who wants them: no-color.org. */
  private HeatText.Style style() {
    String refused = System.getenv("NO_COLOR");
    boolean plain = (refused != null && !refused.isEmpty()) || "dumb".equals(System.getenv("TERM"));
    boolean unicode = StandardCharsets.UTF_8.equals(System.out.charset());
    return new HeatText.Style(
        unicode && !ascii, !plain && !root.json && Terminal.isStandardOutput(), palette());
  }

  /** For those who draw it themselves: each row's counts from old to new. */
  private static void putMap(Map<String, Object> row, WriteMap map) {
    List<Map<String, Object>> columns = new ArrayList<>();
    for (WriteMap.Column column : map.columns()) {
      columns.add(
          Fields.of("first", column.first())
              .and("last", column.last())
              .and("time", column.from().toString())
              .and("points", column.points())
              .map());
    }
    List<Map<String, Object>> rows = new ArrayList<>();
    for (WriteMap.Band band : map.bands()) {
      for (int r = band.firstRow(); r < band.firstRow() + band.rows(); r++) {
        List<Integer> written = new ArrayList<>();
        List<Integer> zeros = new ArrayList<>();
        List<String> states = new ArrayList<>();
        for (int c = 0; c < columns.size(); c++) {
          written.add(map.written(r, c));
          zeros.add(map.zeroed(r, c));
          states.add(word(map.state(band, r, c)));
        }
        rows.add(
            Fields.of("block", band.block())
                .and("offset", map.firstPage(band, r) * map.pageSize())
                .and("length", map.pages(band, r) * map.pageSize())
                .and("written", written)
                .and("zeros", zeros)
                .and("states", states)
                .map());
      }
    }
    row.put("columns", columns);
    row.put("rows", rows);
  }

  private static String word(WriteMap.State state) {
    return switch (state) {
      case NOT_THERE -> "not-there";
      case ABSENT -> "absent";
      case KEPT -> "kept";
      case BASE -> "base";
      case ZEROED -> "zeroed";
      case WRITTEN -> "written";
    };
  }
}

package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.ChainSnapshot.RestorePoint;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.Hold;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.DeviceState;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.RamBlock;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.StoredSection;
import dev.cairn.tools.disk.DiskNames;
import dev.cairn.tools.qmp.MachineRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn show}. */
@Command(name = "show", description = "shows one restore point")
final class ShowCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(paramLabel = "POINT", description = "CHAIN@N, @latest, @LABEL or @TIME")
  String pointName = "";

  @Option(names = "--machine", description = "prints what is known of its machine, as JSON")
  boolean machine;

  @Option(
      names = "--command",
      description = "prints a line that starts such a machine; secrets are ***")
  boolean command;

  @Override
  public Integer call() throws IOException {
    PointName name = PointName.parse(pointName);
    if (machine && command) {
      throw new UsageException("--machine and --command: expected at most one of them");
    }
    try (Store store = root.openStore();
        Chain chain = store.open(name.chain());
        ChainSnapshot snapshot = chain.snapshot()) {
      Optional<ComingRow> coming = ComingRow.of(chain);
      RestorePoint found;
      try {
        found = name.find(snapshot);
      } catch (NoSuchPointException e) {
        if (coming.isEmpty() || !coming.get().isMeant(name.which(), chain)) {
          throw e;
        }
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("chain", name.chain());
        coming.get().tell(root.console(), row);
        root.console().object(row);
        return ExitCodes.INCOMPLETE;
      }
      Point point = found.point();
      // Only where it is asked for: of a point whose devices are damaged all else is shown.
      boolean read = machine || command || has(point, DiskNames.SECTION);
      DeviceState state = read ? snapshot.view(point.checkpoint()).deviceState() : DeviceState.NONE;
      if (machine || command) {
        MachineRows.print(root.console(), name.chain(), point.checkpoint(), state, command);
        return ExitCodes.DONE;
      }
      Optional<DiskNames> disks = DiskNames.of(state);
      Console console = root.console();
      console.line("point    %s@%d", name.chain(), point.checkpoint());
      console.line("id       %s", point.id());
      console.line("time     %s", point.time());
      console.line("label    %s", found.label().isEmpty() ? "-" : found.label());
      console.line("pinned   %s", found.pinned() ? "yes" : "no");
      List<Hold> holds =
          snapshot.manifest().marks().holds().stream()
              .filter(hold -> hold.point() == point.checkpoint())
              .toList();
      holds.forEach(hold -> console.line("hold     %s, of %s", hold.token(), hold.owner()));
      console.line(
          "stored   %s, %d of them zero, %s%s",
          Console.count(point.written().pages(), "page"),
          point.written().zeroPages(),
          Console.bytes(point.written().bytes()),
          point.written().wholeImage() ? ", from a whole image" : ", from a delta");
      List<Map<String, Object>> blocks = new ArrayList<>();
      for (RamBlock block : point.layout().layout().blocks()) {
        console.line("block    %-28s %s", block.name(), Console.bytes(block.length()));
        blocks.add(
            Fields.of("name", block.name())
                .and("length", block.length())
                .and("hostPageSize", block.hostPageSize())
                .map());
      }
      List<Map<String, Object>> sections = new ArrayList<>();
      for (StoredSection section : point.sections()) {
        console.line(
            "device   %-28s %s, stored in %s",
            section.name(), Console.bytes(section.length()), Console.bytes(section.storedLength()));
        sections.add(
            Fields.of("name", section.name())
                .and("version", section.version())
                .and("length", section.length())
                .and("storedLength", section.storedLength())
                .map());
      }
      List<StatBars.Row> changed = changed(snapshot, point.checkpoint());
      MachineRows.lines(disks, has(point, MachineRecord.SECTION))
          .forEach(line -> console.line("%s", line));
      Map<String, Object> row = PointRows.json(found);
      row.put("chain", name.chain());
      row.put("blocks", blocks);
      row.put("sections", sections);
      disks.ifPresent(pair -> row.put("disks", pair));
      row.put("holds", PointRows.json(holds));
      row.put("written", changed.stream().map(ShowCommand::json).toList());
      if (!changed.isEmpty()) {
        int pageSize = snapshot.manifest().pageSize();
        console.line("");
        console.lines(StatBars.lines(changed, pageSize, Console.width()));
      }
      coming.ifPresent(c -> c.tell(console, row));
      console.object(row);
    }
    return ExitCodes.DONE;
  }

  /** What the point wrote; a damage is told, and the point is shown all the same. */
  private List<StatBars.Row> changed(ChainSnapshot snapshot, long checkpoint) throws IOException {
    try {
      return WrittenPages.of(snapshot, checkpoint);
    } catch (CorruptFileException e) {
      root.console().warn(e.getMessage() + "; to see all damage: cairn verify " + snapshot.chain());
      return List.of();
    }
  }

  private static Map<String, Object> json(StatBars.Row row) {
    return Fields.of("block", row.name())
        .and("pages", row.pages())
        .and("zeroPages", row.zero())
        .map();
  }

  private static boolean has(Point point, String section) {
    return point.sections().stream().anyMatch(stored -> stored.name().equals(section));
  }
}

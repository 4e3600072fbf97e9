package dev.cairn.tools.command;

import dev.cairn.tools.bench.Bench;
import dev.cairn.tools.bench.Benches;
import dev.cairn.tools.bench.Machine;
import dev.cairn.tools.bench.Row;
import dev.cairn.tools.bench.StreamBench;
import dev.cairn.tools.bench.StreamPlan;
import dev.cairn.tools.bench.Workbench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn bench}. */
@Command(
    name = "bench",
    description = "measures this machine's Cairn, each work against a floor of the same run")
final class BenchCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(
      arity = "0..*",
      paramLabel = "NAME",
      description =
          "without it all: bytes, index, delta, commit, compare, restore, retained, retention,"
              + " open, memory, stream")
  List<String> names = new ArrayList<>();

  @Option(names = "--quick", description = "less of everything: 400 MiB and a minute in all")
  boolean quick;

  @Option(
      names = "--two-days",
      description = "the bench about retention goes on for two days of its clock: half an hour")
  boolean twoDays;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "measures that file system; default: that of temporary files")
  @Nullable Path directory;

  @Option(
      names = "--streams",
      paramLabel = "N,…",
      description = "of the bench stream: how many at once; default: 1,2,4,8")
  @Nullable String streams;

  @Option(
      names = "--links",
      paramLabel = "LINK,…",
      description = "of the bench stream: some of tcp,tls,unix,rsocket,rdma; default: all")
  @Nullable String links;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "of the bench stream: for each number of streams on each link; default: 3")
  @Nullable Integer seconds;

  @Override
  public Integer call() throws IOException {
    List<Bench> chosen = choose();
    StreamPlan plan = plan(chosen);
    Path parent = directory == null ? Path.of(System.getProperty("java.io.tmpdir")) : directory;
    if (!Files.isDirectory(parent)) {
      throw new UsageException("--dir " + parent + ": expected a directory");
    }
    Machine machine = Machine.look(parent);
    machine.lines().forEach(line -> root.console().line("%s", line));
    root.console().object(machine.json());
    root.console().line("%s", Row.heading());
    try (Kept _ =
            new Kept(root.console(), "what was measured stands above; what it wrote is deleted");
        Workbench bench = Workbench.create(parent, quick, root.fileSystemOptions())) {
      bench.askForStreams(plan);
      if (twoDays) {
        bench.askForTwoDays();
      }
      for (Bench work : chosen) {
        try {
          work.run(bench, row -> print(work, row));
        } finally {
          bench.clear();
        }
      }
    }
    return ExitCodes.DONE;
  }

  private StreamPlan plan(List<Bench> chosen) {
    boolean given = streams != null || links != null || seconds != null;
    if (given && chosen.stream().noneMatch(StreamBench.class::isInstance)) {
      throw new UsageException("--streams, --links and --seconds: expected cairn bench stream");
    }
    StreamPlan plan = StreamPlan.STANDARD;
    plan = streams == null ? plan : option("--streams", plan::withStreams, streams);
    plan = links == null ? plan : option("--links", plan::withLinks, links);
    return seconds == null ? plan : option("--seconds", plan::withSeconds, seconds);
  }

  private static <T> StreamPlan option(String name, Function<T, StreamPlan> with, T value) {
    try {
      return with.apply(value);
    } catch (IllegalArgumentException e) {
      throw new UsageException(name + " " + e.getMessage());
    }
  }

  private void print(Bench work, Row row) {
    root.console().line("%s", row.text());
    root.console().object(row.json(work.name()));
  }

  private List<Bench> choose() {
    List<Bench> all = Benches.all();
    List<String> known = all.stream().map(Bench::name).toList();
    for (String name : names) {
      if (!known.contains(name)) {
        throw new UsageException("bench " + name + ": expected one of " + String.join(", ", known));
      }
    }
    return all.stream().filter(b -> names.isEmpty() || names.contains(b.name())).toList();
  }
}

package dev.cairn.tools.command;

import dev.cairn.tools.bench.Benches;
import dev.cairn.tools.bench.Machine;
import dev.cairn.tools.bench.Peers;
import dev.cairn.tools.bench.Results;
import dev.cairn.tools.bench.Row;
import dev.cairn.tools.bench.Sizes;
import dev.cairn.tools.bench.StreamPlan;
import dev.cairn.tools.bench.Workbench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code cairn bench}. */
@Command(
    name = "bench",
    description = "measures this machine's Cairn, each work against a floor of the same run")
final class BenchCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();
  @Spec @Nullable CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "NAME",
      description =
          "some of checkpoint, diff-image, restore, merge, open, lookup, memory, postcopy, stream;"
              + " or a part of them: bytes, delta, commit, round, retained, retention, index, page;"
              + " without it these; peers, curve: how cost grows; difference: of a given chain;"
              + " all: these and those")
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
      names = "--chain",
      paramLabel = "CHAIN",
      description =
          "of the bench difference: a chain of the store; what pages stored as differences from"
              + " the version below would save")
  @Nullable String chain;

  @Mixin BenchSizes sizes = new BenchSizes();
  @Mixin BenchOutput output = new BenchOutput();

  @Option(
      names = "--against",
      paramLabel = "PEER",
      split = ",",
      description =
          "holds checkpoints and restores against another program, too: some of qcow2, restic,"
              + " borg, reflink, rocksdb, or all")
  List<String> against = new ArrayList<>();

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
    List<String> peers = peers();
    List<Benches.Part> chosen = choose(!peers.isEmpty());
    output.check();
    StreamPlan plan = plan(chosen);
    Sizes asked = sizes.sizes();
    Optional<Workbench.GivenChain> given = givenChain(chosen);
    Path parent = directory == null ? Path.of(System.getProperty("java.io.tmpdir")) : directory;
    if (!Files.isDirectory(parent)) {
      throw new UsageException("--dir " + parent + ": expected a directory");
    }
    Machine machine = Machine.look(parent);
    machine.lines().forEach(line -> root.console().line("%s", line));
    root.console().object(machine.json());
    Results results = new Results(machine, typed(), Instant.now());
    root.console().line("%s", Row.heading());
    try (Kept _ =
            new Kept(root.console(), "what was measured stands above; what it wrote is deleted");
        Workbench bench = Workbench.create(parent, quick, root.fileSystemOptions())) {
      bench.askForStreams(plan);
      bench.askForSizes(asked);
      bench.askForPeers(peers);
      given.ifPresent(bench::askForChain);
      if (twoDays) {
        bench.askForTwoDays();
      }
      for (int i = 0; i < chosen.size(); i++) {
        Benches.Part part = chosen.get(i);
        String what = "bench " + part.bench().name() + ", " + (i + 1) + " of " + chosen.size();
        try (Elapsed _ = root.console().elapsed(what)) {
          part.bench().run(bench, row -> add(results, part, row));
        } finally {
          bench.clear();
        }
      }
    }
    output.write(results);
    return ExitCodes.DONE;
  }

  /** Returns the command line as it was typed. */
  private List<String> typed() {
    List<String> words = new ArrayList<>(List.of("cairn"));
    if (spec != null) {
      words.addAll(spec.root().commandLine().getParseResult().originalArgs());
    }
    return words;
  }

  /** Returns the other programs that are asked for; those that are absent say so themselves. */
  private List<String> peers() {
    List<String> known = Peers.names();
    for (String peer : against) {
      if (!peer.equals(Peers.ALL) && !known.contains(peer)) {
        throw new UsageException(
            "--against " + peer + ": expected all or some of " + String.join(", ", known));
      }
    }
    boolean all = against.contains(Peers.ALL) || (against.isEmpty() && asksForPeers());
    return all ? known : known.stream().filter(against::contains).toList();
  }

  /** Returns the chain that is asked for; only one bench takes any. */
  private Optional<Workbench.GivenChain> givenChain(List<Benches.Part> chosen) {
    String name = chain;
    if (name == null) {
      if (names.contains(Benches.DIFFERENCE)) {
        throw new UsageException("bench difference: which chain? give --store DIR --chain CHAIN");
      }
      return Optional.empty();
    }
    if (chosen.stream().noneMatch(part -> part.isNamed(Benches.DIFFERENCE))) {
      throw new UsageException("--chain: expected cairn bench difference");
    }
    Path store = root.storePath();
    return Optional.of(new Workbench.GivenChain(() -> root.openStore(store), name));
  }

  private StreamPlan plan(List<Benches.Part> chosen) {
    boolean given = streams != null || links != null || seconds != null;
    if (given && chosen.stream().noneMatch(part -> part.isNamed("stream"))) {
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

  private boolean asksForPeers() {
    return names.contains(Benches.PEERS) || names.contains(Benches.ALL);
  }

  private void add(Results results, Benches.Part part, Row row) {
    results.add(part.work(), part.bench().name(), row);
    root.console().line("%s", row.text());
    root.console().object(row.json(part.work(), part.bench().name()));
  }

  private List<Benches.Part> choose(boolean withPeers) {
    List<Benches.Part> all = Benches.all();
    for (String name : names) {
      if (!name.equals(Benches.ALL) && all.stream().noneMatch(part -> part.isNamed(name))) {
        List<String> works = all.stream().map(Benches.Part::work).distinct().toList();
        throw new UsageException("bench " + name + ": expected one of " + String.join(", ", works));
      }
    }
    if (names.contains(Benches.ALL)) {
      return all;
    }
    return all.stream()
        .filter(
            part ->
                (withPeers && part.isNamed(Benches.PEERS))
                    || (names.isEmpty()
                        ? !Benches.ON_DEMAND.contains(part.work())
                        : names.stream().anyMatch(part::isNamed)))
        .toList();
  }
}

package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Store;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.tools.demo.Demo;
import dev.cairn.tools.demo.DemoConsole;
import dev.cairn.tools.demo.DemoOptions;
import dev.cairn.tools.demo.DirtyTracker;
import dev.cairn.tools.linux.AnonymousMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code cairn demo}. */
@Command(
    name = "demo",
    description =
        "checkpoints a live process, then brings a past point of it to life; without --store in a"
            + " temporary directory, whatever CAIRN_STORE says")
final class DemoCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Option(names = "--seconds", paramLabel = "N", description = "for all of it, about; default 20")
  int seconds = 20;

  @Option(names = "--memory", paramLabel = "SIZE", description = "of the guest; default 256M")
  String memory = "256M";

  @Option(
      names = "--tracker",
      paramLabel = "WHICH",
      description = "of dirty pages: auto (default), kernel or compare")
  DirtyTracker.Choice tracker = DirtyTracker.Choice.AUTO;

  @Option(
      names = "--fill",
      paramLabel = "HOW",
      description = "of the restored guest: auto (default), on-demand or prefill")
  String fill = "auto";

  @Option(names = "--codec", paramLabel = "CODEC", description = "plain, lz4 (default) or zstd")
  String codec = "lz4";

  @Option(names = "--flip-a-bit", hidden = true, description = "on the way into the second guest")
  boolean flipABit;

  @Override
  public Integer call() throws IOException {
    DemoOptions options = options();
    Path path = root.givenStore().orElse(null);
    if (path == null) {
      path = Files.createTempDirectory("cairn-demo-");
    }
    long start = System.nanoTime();
    try (Store store = openOrCreate(path);
        Chain chain = store.create(freeName(store), AnonymousMemory.PAGE_BYTES)) {
      Console console = root.console();
      console.note("store %s, chain %s", path, chain.name());
      Demo.Outcome outcome = new Demo(chain, options, new Lines(console, chain.name())).run();
      double took = (System.nanoTime() - start) / 1e9;
      console.note("");
      for (String failure : outcome.failures()) {
        console.line("FAILED: %s", failure);
      }
      if (outcome.failures().isEmpty()) {
        console.line("every check held, in %.1f s", took);
      }
      console.note("the store is at %s; look around:", path);
      console.note("  cairn --store %s list %s", path, chain.name());
      console.note("  cairn --store %s diff %s@early %2$s@late", path, chain.name());
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("store", path.toString());
      row.put("chain", chain.name());
      row.put("seconds", took);
      row.putAll(outcome.figures());
      row.put("failures", outcome.failures());
      console.object(row);
      return outcome.failures().isEmpty() ? ExitCodes.DONE : ExitCodes.FAILED;
    }
  }

  private DemoOptions options() {
    FrameCodec frames = Codecs.parse(codec);
    DemoOptions.Fill how =
        switch (fill.toLowerCase(Locale.ROOT)) {
          case "auto" -> DemoOptions.Fill.AUTO;
          case "on-demand" -> DemoOptions.Fill.ON_DEMAND;
          case "prefill" -> DemoOptions.Fill.PREFILL;
          default ->
              throw new UsageException("--fill " + fill + ": expected auto, on-demand or prefill");
        };
    try {
      return new DemoOptions(seconds, bytes(memory), tracker, how, frames, flipABit);
    } catch (IllegalArgumentException e) {
      throw new UsageException("demo: " + e.getMessage());
    }
  }

  private static long bytes(String size) {
    return ByteSize.parse(size)
        .orElseThrow(
            () -> new UsageException("--memory " + size + ": expected a size such as 256M"));
  }

  /** A store that is there is added to; CAIRN_STORE is left alone, as a demo is no real data. */
  private Store openOrCreate(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      try (Stream<Path> entries = Files.list(path)) {
        if (entries.findAny().isPresent()) {
          return root.openStore(path);
        }
      }
    }
    return root.createStore(path);
  }

  private static String freeName(Store store) throws IOException {
    List<String> names = new ArrayList<>(store.chainNames());
    String name = "demo";
    for (int n = 2; names.contains(name); n++) {
      name = "demo-" + n;
    }
    return name;
  }

  /** Prints for people, unless only results are asked for. */
  private record Lines(Console console, String chain) implements DemoConsole {
    @Override
    public void line(String text) {
      console.note("%s", text);
    }

    @Override
    public void points(ChainSnapshot snapshot) throws IOException {
      console.note("cairn list %s", chain);
      console.note("%s", PointRows.HEADING);
      snapshot.restorePoints().forEach(point -> console.note("%s", PointRows.text(point)));
    }

    @Override
    public boolean hasBlocks() {
      return System.out.charset().newEncoder().canEncode("·░█");
    }
  }
}

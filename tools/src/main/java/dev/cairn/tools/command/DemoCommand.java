package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Store;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.tools.demo.Demo;
import dev.cairn.tools.demo.DemoConsole;
import dev.cairn.tools.demo.DemoOptions;
import dev.cairn.tools.demo.DirtyTracker;
import dev.cairn.tools.demo.qemu.QemuDemo;
import dev.cairn.tools.linux.AnonymousMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code cairn demo}. */
@Command(
    name = "demo",
    description =
        "captures a guest of a real QEMU, or of a process where there is none, and brings a past"
            + " point of it to life; without --store in a temporary directory, whatever CAIRN_STORE"
            + " says")
final class DemoCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Option(
      names = "--guest",
      paramLabel = "WHICH",
      description = "auto (default: qemu, if one is installed), qemu or process")
  String guest = "auto";

  @Option(
      names = "--qemu",
      paramLabel = "PROGRAM",
      description = "default: qemu-system-x86_64 on the PATH")
  @Nullable Path qemu;

  @Option(names = "--seconds", paramLabel = "N", description = "for all of it, about; default 20")
  int seconds = 20;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description = "of the guest; default 64M, of a process 256M")
  @Nullable String memory;

  @Option(
      names = "--tracker",
      paramLabel = "WHICH",
      description = "of a process's dirty pages: auto (default), kernel or compare")
  DirtyTracker.Choice tracker = DirtyTracker.Choice.AUTO;

  @Option(
      names = "--fill",
      paramLabel = "HOW",
      description = "of the restored process: auto (default), on-demand or prefill")
  String fill = "auto";

  @Option(
      names = "--codec",
      paramLabel = "CODEC",
      description = "of a process's pages: plain, lz4 (default), zstd or zstd-difference")
  String codec = "lz4";

  @Option(names = "--flip-a-bit", hidden = true, description = "on the way into the second guest")
  boolean flipABit;

  @Override
  public Integer call() throws IOException {
    DemoOptions options = options(); // what makes no sense is refused before anything is said
    Optional<Path> program = program();
    Path path = root.givenStore().orElse(null);
    if (path == null) {
      path = Files.createTempDirectory("cairn-demo-");
    }
    long start = System.nanoTime();
    try (Store store = openOrCreate(path)) {
      Console console = root.console();
      String name = freeName(store);
      console.note("store %s, chain %s", path, name);
      Demo.Outcome outcome =
          program.isPresent()
              ? ofQemu(program.get(), store, new Lines(console, name))
              : ofProcess(options, store, new Lines(console, name));
      double took = (System.nanoTime() - start) / 1e9;
      console.note("");
      for (String failure : outcome.failures()) {
        console.line("FAILED: %s", failure);
      }
      if (outcome.failures().isEmpty()) {
        console.line("every check held, in %.1f s", took);
      }
      console.note("the store is at %s; look around:", path);
      console.note("  cairn --store %s list %s", path, name);
      if (program.isEmpty()) {
        console.note("  cairn --store %s diff %s@early %2$s@late", path, name);
      }
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("store", path.toString());
      row.put("chain", name);
      row.put("seconds", took);
      row.putAll(outcome.figures());
      row.put("failures", outcome.failures());
      console.object(row);
      return outcome.failures().isEmpty() ? ExitCodes.DONE : ExitCodes.FAILED;
    }
  }

  private Demo.Outcome ofProcess(DemoOptions options, Store store, Lines lines) throws IOException {
    try (Chain chain = store.create(lines.chain, AnonymousMemory.PAGE_BYTES)) {
      return new Demo(chain, options, lines).run();
    }
  }

  private Demo.Outcome ofQemu(Path program, Store store, Lines lines) throws IOException {
    QemuDemo.Options options;
    try {
      // A third of the time: the resumed guest takes the rest.
      options = new QemuDemo.Options(program, Math.max(2, seconds / 3), memory("64M"), lines.chain);
    } catch (IllegalArgumentException e) {
      throw new UsageException("demo: " + e.getMessage());
    }
    return new QemuDemo(options, store, lines).run();
  }

  /** Returns the QEMU to take; none for a guest that is a process. */
  private Optional<Path> program() {
    Optional<Path> found =
        qemu != null
            ? Optional.of(qemu)
            : QemuDemo.find(Objects.requireNonNullElse(System.getenv("PATH"), ""));
    return switch (guest) {
      case "process" -> Optional.empty();
      case "qemu" ->
          Optional.of(
              found.orElseThrow(
                  () ->
                      new UsageException(
                          "--guest qemu: no "
                              + QemuDemo.PROGRAM
                              + " on the PATH; install it (Debian: apt install"
                              + " qemu-system-x86), or name one by --qemu")));
      case "auto" -> {
        if (found.isEmpty()) {
          root.console().note("no %s on the PATH: the guest is a process", QemuDemo.PROGRAM);
        }
        yield found;
      }
      default -> throw new UsageException("--guest " + guest + ": expected auto, qemu or process");
    };
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
      return new DemoOptions(seconds, memory("256M"), tracker, how, frames, flipABit);
    } catch (IllegalArgumentException e) {
      throw new UsageException("demo: " + e.getMessage());
    }
  }

  private long memory(String preset) {
    String size = memory == null ? preset : memory;
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

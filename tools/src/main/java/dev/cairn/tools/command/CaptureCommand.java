package dev.cairn.tools.command;

import dev.cairn.chain.ChainName;
import dev.cairn.chain.retention.RetentionRules;
import dev.cairn.tools.capture.Capture;
import dev.cairn.tools.capture.DiskPairs;
import dev.cairn.tools.disk.BlockdevSnapshot;
import dev.cairn.tools.disk.CommandSnapshot;
import dev.cairn.tools.guardian.Rescue;
import dev.cairn.tools.migration.Address;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn capture}. */
@Command(
    name = "capture",
    description =
        "takes a restore point of a running QEMU again and again; the guest stands still only while"
            + " what it wrote is copied, and runs on whatever happens")
final class CaptureCommand implements Callable<Integer> {
  private static final Duration LEAST_INTERVAL = Duration.ofMillis(100);
  private static final Duration LEAST_PAUSE = Duration.ofMillis(200);
  private static final long LEAST_BUFFER = 16L << 20;

  private static final Set<String> MODES = Set.of("auto", "colo", "stream", "shared");

  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(paramLabel = "CHAIN", arity = "0..1", description = "made if it does not exist")
  String chainName = "";

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "captures many machines in one process: a TOML file with a table [capture.CHAIN] for"
              + " each, keys as these options without --, and a table [defaults]")
  @Nullable Path config;

  @Option(
      names = "--qmp",
      paramLabel = "unix:PATH",
      description = "QEMU's control socket; nobody else may be connected to it")
  String qmp = "";

  @Option(
      names = "--listen",
      paramLabel = "ADDRESS",
      description =
          "QEMU connects there, in place of being passed a socket: tcp:HOST:PORT or unix:PATH, for"
              + " a monitor that comes through ssh or a proxy")
  @Nullable String listen;

  @Option(
      names = "--insecure",
      description = "--listen on another address than a loopback one: memory travels in the clear")
  boolean insecure;

  @Option(
      names = "--every",
      paramLabel = "TIME",
      description =
          "between two points, from 100ms on; default 1s; what cannot be held is said, not queued")
  String every = "1s";

  @Option(names = "--count", paramLabel = "N", description = "ends after so many points")
  long count;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      description =
          "auto (default): the best that this QEMU can do; colo: only what was written is sent;"
              + " stream: all of its memory each time, with any QEMU; shared: memory in shared"
              + " files is compared where it lies")
  String mode = "auto";

  @Option(
      names = "--max-pause",
      paramLabel = "TIME",
      description = "after which the guest is freed, and the point dropped; default 2s")
  String maxPause = "2s";

  @Option(
      names = "--buffer",
      paramLabel = "SIZE",
      description = "of memory for what is not yet durable; more goes to a file; default 1G")
  String buffer = "1G";

  @Mixin KeepOptions keep = new KeepOptions();

  @Option(
      names = "--disk-snapshot",
      paramLabel = "blockdev[:DIR]",
      description =
          "with each point QEMU gives every writable disk a new overlay (in DIR, or beside the"
              + " disk): the file below it is the disk at that point")
  @Nullable String diskSnapshot;

  @Option(
      names = "--disk-snapshot-command",
      paramLabel = "CMD",
      description =
          "with each point runs CMD by /bin/sh while the guest stands still, CAIRN_TOKEN in its"
              + " environment; the lines that it prints are the names of the point's disks")
  @Nullable String diskCommand;

  @Option(
      names = "--disk-every",
      paramLabel = "N",
      description = "disks with every Nth point only, from the first on; default 1")
  long diskEvery = 1;

  @Option(names = "--label", paramLabel = "L", description = "of the first point")
  String label = "";

  @Option(names = "--codec", paramLabel = "CODEC", description = Codecs.WRITTEN)
  String codec = "plain";

  @Option(
      names = "--rescue",
      description =
          "frees a guest that a capture of CHAIN left behind when it died, and puts QEMU's settings"
              + " back; does nothing if there is none")
  boolean rescue;

  @Mixin RoomOptions room = new RoomOptions();

  @Option(
      names = "--metrics",
      paramLabel = "tcp:HOST:PORT",
      description = "answers GET /metrics there, as Prometheus asks, for all that it captures")
  @Nullable String metrics;

  @Override
  public Integer call() throws IOException {
    if (config != null) {
      if (!chainName.isEmpty()) {
        throw new UsageException("CHAIN and --config: expected one of them");
      }
      return group(CaptureConfig.read(config, root));
    }
    checkChain();
    if (rescue) {
      return rescue();
    }
    CaptureReport report = new CaptureReport(root.console(), chainName);
    CaptureRun run = new CaptureRun(root, chainName, options(), room, report);
    CaptureMetrics all =
        new CaptureMetrics(List.of(new CaptureMetrics.Machine(chainName, run::capture)));
    try (StopHook _ = new StopHook(run::stop);
        CaptureWatch _ = CaptureWatch.start(root, metrics, all, room);
        ServiceManager manager = ServiceManager.ofEnvironment(root.console()::warn)) {
      run.run(manager::ready);
    }
    return ExitCodes.DONE;
  }

  private int group(List<CaptureCommand> captures) throws IOException {
    if (rescue) {
      int worst = ExitCodes.DONE;
      for (CaptureCommand capture : captures) {
        worst = Math.max(worst, capture.rescue());
      }
      return worst;
    }
    CaptureGroup group = new CaptureGroup(root, captures);
    CaptureMetrics all = new CaptureMetrics(group.machines());
    try (StopHook _ = new StopHook(group::stop);
        CaptureWatch _ = CaptureWatch.start(root, metrics, all, captures.getFirst().room);
        ServiceManager manager = ServiceManager.ofEnvironment(root.console()::warn)) {
      manager.ready();
      return group.run();
    }
  }

  private void checkChain() throws IOException {
    if (chainName.isEmpty()) {
      throw new UsageException("capture: which chain? name one, or many by --config FILE");
    }
    ChainName.check(chainName);
  }

  private int rescue() throws IOException {
    Path path = root.storePath();
    root.openStore(path).close();
    Rescue.Result result = Rescue.byHand(path, chainName, root.console()::warn);
    root.console().line("%s", result.words());
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("chain", chainName);
    row.put("exit", result.exit());
    row.put("result", result.words());
    root.console().object(row);
    return result.exit();
  }

  /** Returns what the options say, all of which is checked. */
  Capture.Options options() throws IOException {
    if (!MODES.contains(mode)) {
      throw new UsageException("--mode " + mode + ": expected auto, colo, stream or shared");
    }
    if (qmp.isEmpty()) {
      throw new UsageException("--qmp: expected unix:PATH, or --config FILE for many machines");
    }
    if (!qmp.startsWith("unix:") || qmp.equals("unix:")) {
      throw new UsageException("--qmp " + qmp + ": expected unix:PATH");
    }
    if (count < 0) {
      throw new UsageException("--count " + count + ": expected a number from 0 on");
    }
    room.check();
    RetentionRules rules = keep.rules();
    return new Capture.Options(
        Path.of(qmp.substring("unix:".length())),
        listen(),
        time("--every", every, LEAST_INTERVAL),
        count,
        mode,
        time("--max-pause", maxPause, LEAST_PAUSE),
        bufferBytes(),
        rules,
        label.isEmpty() ? "" : Labels.check(label),
        Codecs.parse(codec),
        disks());
  }

  private Optional<Address> listen() throws IOException {
    if (listen == null) {
      return Optional.empty();
    }
    Address address =
        Address.parse(listen)
            .orElseThrow(
                () -> new UsageException("--listen " + listen + ": expected " + Address.FORMS));
    if (!address.isLocal() && !insecure) {
      throw new UsageException(
          "--listen "
              + listen
              + ": expected a loopback address: QEMU's memory would come in the clear; tunnel it"
              + " (ssh -R), or say --insecure");
    }
    return Optional.of(address);
  }

  private Optional<DiskPairs> disks() {
    if (diskEvery < 1) {
      throw new UsageException("--disk-every " + diskEvery + ": expected a number from 1 on");
    }
    if (diskSnapshot != null && diskCommand != null) {
      throw new UsageException(
          "--disk-snapshot and --disk-snapshot-command: expected at most one of them");
    }
    if (diskCommand != null) {
      return Optional.of(new DiskPairs(new CommandSnapshot(diskCommand), diskEvery));
    }
    if (diskSnapshot == null) {
      return Optional.empty();
    }
    String[] words = diskSnapshot.split(":", 2);
    if (!words[0].equals("blockdev") || (words.length == 2 && !words[1].startsWith("/"))) {
      throw new UsageException(
          "--disk-snapshot "
              + diskSnapshot
              + ": expected blockdev, or blockdev:DIR with the absolute path of a directory");
    }
    Optional<Path> directory =
        words.length == 2 ? Optional.of(Path.of(words[1])) : Optional.empty();
    return Optional.of(new DiskPairs(new BlockdevSnapshot(directory), diskEvery));
  }

  private long bufferBytes() {
    long bytes =
        ByteSize.parse(buffer)
            .orElseThrow(
                () -> new UsageException("--buffer " + buffer + ": expected a size such as 256M"));
    if (bytes < LEAST_BUFFER || bytes > 1L << 40) {
      throw new UsageException("--buffer " + buffer + ": expected 16M to 1024G");
    }
    return bytes;
  }

  private static Duration time(String option, String text, Duration least) {
    Duration time =
        Durations.parse(text)
            .orElseThrow(
                () -> new UsageException(option + " " + text + ": expected a time such as 500ms"));
    if (time.compareTo(least) < 0) {
      throw new UsageException(
          option + " " + text + ": expected at least " + Durations.text(least));
    }
    return time;
  }
}

package dev.cairn.tools.command;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Progress;
import dev.cairn.store.StoreException;
import dev.cairn.tools.capture.AttachFile;
import dev.cairn.tools.linux.Pidfd;
import dev.cairn.tools.migration.Address;
import dev.cairn.tools.resume.Resume;
import dev.cairn.tools.resume.ResumeListener;
import dev.cairn.tools.resume.ResumeOptions;
import dev.cairn.tools.resume.Resumed;
import dev.cairn.tools.resume.Security;
import dev.cairn.tools.resume.TransferPausedException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn resume}. */
@Command(
    name = "resume",
    description = {
      "feeds a restore point to an unmodified QEMU that waits for it, or starts one",
      "  cairn resume CHAIN@N --to unix:PATH               QEMU has: -incoming unix:PATH",
      "  cairn resume CHAIN@N --qmp unix:PATH --postcopy   QEMU has: -incoming defer -qmp"
          + " unix:PATH,…",
      "  cairn resume CHAIN@N --exec -- qemu-system-x86_64 … -incoming {incoming}",
      "  cairn resume CHAIN@N --recover --qmp unix:PATH    goes on where a postcopy was"
          + " interrupted",
    })
final class ResumeCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(index = "0", paramLabel = "POINT", description = "CHAIN@N, @latest, @LABEL or @TIME")
  String pointName = "";

  @Parameters(
      index = "1..*",
      paramLabel = "COMMAND",
      description =
          "with --exec: starts QEMU; {incoming} stands for what comes behind -incoming, {qmp} for"
              + " what comes behind -qmp; without {qmp} that is added")
  List<String> command = List.of();

  @Option(
      names = "--to",
      paramLabel = "ADDRESS",
      description = "where QEMU listens: " + Address.FORMS)
  @Nullable String to;

  @Option(
      names = "--qmp",
      paramLabel = "unix:PATH",
      description = "QEMU's monitor: the machine is checked, and QEMU told what to expect")
  @Nullable String qmp;

  @Option(names = "--exec", description = "starts QEMU by COMMAND and waits for its end")
  boolean exec;

  @Option(
      names = "--postcopy",
      description = "the guest runs at once, its memory comes as it is touched, and in between")
  boolean postcopy;

  @Option(
      names = "--recover",
      description = "goes on with a postcopy whose source or link has died")
  boolean recover;

  @Option(names = "--paused", description = "leaves the guest paused: QMP's cont starts it")
  boolean paused;

  @Option(names = "--run", description = "starts the guest, even if it was paused")
  boolean run;

  @Option(
      names = "--limit-rate",
      paramLabel = "BYTES",
      description = "with --postcopy: a second, of pages that the guest did not ask for; K, M, G")
  @Nullable String limitRate;

  @Option(
      names = "--clone",
      description =
          "a second machine beside the first: it must have a vmgenid device, by which its guest"
              + " learns that; MAC addresses, UUID and disks are yours to change")
  boolean clone;

  @Option(
      names = "--force-machine",
      description = "goes on where the destination is another machine than the point's")
  boolean forceMachine;

  @Mixin TlsOptions tls = new TlsOptions();

  @Option(
      names = "--insecure",
      description =
          "takes a TCP address beyond this machine without TLS: memory and devices go there"
              + " unencrypted, and nobody is asked who he is")
  boolean insecure;

  @Override
  public Integer call() throws IOException {
    PointName name = PointName.parse(pointName);
    ResumeOptions options = options();
    Fields row = Fields.of("chain", name.chain());
    Console console = root.console();
    try (Resumed resumed = resume(name, options, row)) {
      resumed.json().forEach(row::and);
      console.note("resumed: %s", resumed.text());
      int exit = ExitCodes.DONE;
      if (resumed.isOurs()) {
        console.note("waiting for the end of QEMU");
        int code = resumed.await().orElseThrow();
        row.and("qemuExit", code);
        console.note("QEMU has ended with exit code %d", code);
        exit = code == 0 ? ExitCodes.DONE : ExitCodes.FAILED;
      }
      console.object(row.map());
      return exit;
    }
  }

  /** The store is closed when all is there: a QEMU that was started for it may run for years. */
  private Resumed resume(PointName name, ResumeOptions options, Fields row) throws IOException {
    boolean precopy = options.mode() == ResumeOptions.Mode.PRECOPY;
    // A guest that runs waits without end; before that nothing is lost.
    Optional<Duration> patience = precopy ? Optional.of(RestoreCommand.PATIENCE) : Optional.empty();
    String again = " is kept; a guest that runs waits for its pages: cairn resume ";
    try (Kept _ = new Kept(root.console(), pointName + again + pointName + " --recover");
        OpenPoint open = OpenPoint.open(root, name, patience)) {
      row.and("checkpoint", open.point().checkpoint());
      warn(open);
      Resume resume = new Resume(open.point(), open.text(), options, listener());
      if (precopy) {
        return resume.run();
      }
      try (PointHold hold = PointHold.forResume(open, root.console())) {
        try {
          Resumed resumed = resume.run();
          hold.end();
          return resumed;
        } catch (TransferPausedException e) {
          hold.keep();
          throw e;
        }
      }
    }
  }

  /** What may not be wanted: a past that others remember, and two machines of one. */
  private void warn(OpenPoint open) throws IOException {
    if (clone || recover) {
      return;
    }
    Console console = root.console();
    ChainSnapshot snapshot = open.snapshot();
    String point = open.text();
    long newest = open.isComing() ? open.point().checkpoint() : snapshot.points().lastKey();
    if (open.point().checkpoint() != newest) {
      console.warn(
          "%s is not the newest point, which is %d: what its machine did since then is undone"
                  .formatted(point, newest)
              + ", while disks and peers may remember; for a second machine: --clone");
    }
    String runs = runs(snapshot);
    if (!runs.isEmpty()) {
      console.warn(
          point
              + ": its machine runs already ("
              + runs
              + "): two of one disturb each other; for a second machine: --clone");
    }
  }

  /** Says who runs it, as far as the store knows; nobody is the empty text. */
  private String runs(ChainSnapshot snapshot) throws IOException {
    List<Long> others = PointHold.others(snapshot.manifest().marks().holds());
    if (!others.isEmpty()) {
      return "process " + others.getFirst() + " resumes it";
    }
    AttachFile file = AttachFile.of(root.storePath(), snapshot.chain());
    Optional<AttachFile.Content> attached = Optional.empty();
    try {
      attached = file.read();
    } catch (StoreException e) {
      return "or not: " + e.getMessage();
    }
    if (attached.isPresent()) {
      long pid = attached.get().qemuPid();
      OptionalLong started = Pidfd.startTime(pid);
      if (started.isPresent() && started.getAsLong() == attached.get().qemuStart()) {
        return "QEMU, process " + pid + ", is being captured";
      }
    }
    return "";
  }

  private ResumeListener listener() {
    Console console = root.console();
    return new ResumeListener() {
      @Override
      public void note(String text) {
        console.note("%s", text);
      }

      @Override
      public void warn(String text) {
        console.warn(text);
      }

      @Override
      public Progress progress() {
        return console.progress("resume");
      }
    };
  }

  private ResumeOptions options() throws IOException {
    Optional<Address> address = Optional.ofNullable(to).map(this::address);
    boolean isLocal = address.isEmpty() || address.get().isLocal();
    if (!isLocal && !insecure && !tls.areGiven()) {
      throw new UsageException(
          "--to "
              + to
              + ": expected an address of this machine, as the memory would travel in the clear;"
              + " give --tls-creds DIR, or say --insecure");
    }
    if (insecure && tls.areGiven()) {
      throw new UsageException("--insecure and --tls-…: expected one of two");
    }
    Optional<Path> monitor = Optional.ofNullable(qmp).map(ResumeCommand::monitor);
    if (exec == command.isEmpty()) {
      throw new UsageException("--exec and a command behind -- belong together");
    }
    if (exec && (recover || monitor.isPresent() || address.isPresent())) {
      throw new UsageException("--exec: expected neither --recover nor --qmp nor --to beside it");
    }
    if (!exec && address.isEmpty() && monitor.isEmpty()) {
      throw new UsageException("resume in which QEMU? give --to, --qmp or --exec");
    }
    if ((paused && run) || (recover && postcopy)) {
      throw new UsageException("--paused and --run, --postcopy and --recover: expected one of two");
    }
    if (paused && (postcopy || recover)) {
      throw new UsageException(
          "--paused: not with postcopy, in which QEMU starts the guest by itself unless it has -S");
    }
    return new ResumeOptions(
        address,
        monitor,
        command,
        recover
            ? ResumeOptions.Mode.RECOVER
            : postcopy ? ResumeOptions.Mode.POSTCOPY : ResumeOptions.Mode.PRECOPY,
        paused
            ? ResumeOptions.Start.PAUSED
            : run ? ResumeOptions.Start.RUNNING : ResumeOptions.Start.AS_STORED,
        clone,
        forceMachine,
        security(address),
        bytesPerSecond());
  }

  private Security security(Optional<Address> address) throws IOException {
    if (!tls.areGiven()) {
      return Security.NONE;
    }
    if (exec) {
      throw new UsageException("--exec: its socket is private, expected no --tls-… beside it");
    }
    if (tls.hostname().isEmpty() && address.flatMap(Address::hostName).isEmpty()) {
      throw new UsageException(
          "--tls-hostname: expected what the destination's certificate names, as a Unix socket"
              + " has no host");
    }
    return new Security(
        Optional.of(new Security.Tls(tls.load(root.console()::warn), tls.hostname(), tls.words())));
  }

  private long bytesPerSecond() {
    if (limitRate == null) {
      return 0;
    }
    return ByteSize.parse(limitRate)
        .filter(bytes -> bytes > 0)
        .orElseThrow(
            () -> new UsageException("--limit-rate " + limitRate + ": expected bytes, as 100M"));
  }

  private Address address(String text) {
    return Address.parse(text)
        .orElseThrow(() -> new UsageException("--to " + text + ": expected " + Address.FORMS));
  }

  private static Path monitor(String text) {
    if (Address.parse(text).orElse(null) instanceof Address.Unix unix) {
      return unix.path();
    }
    throw new UsageException("--qmp " + text + ": expected unix:PATH");
  }
}

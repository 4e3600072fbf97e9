package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainName;
import dev.cairn.chain.ChainSnapshot.RestorePoint;
import dev.cairn.chain.Incoming;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Hold;
import dev.cairn.chain.manifest.IncomingState;
import dev.cairn.store.BadInputException;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.tools.capture.AttachFile;
import dev.cairn.tools.linux.FileLocks;
import dev.cairn.tools.linux.Pidfd;
import dev.cairn.tools.linux.SparseFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/**
 * {@code cairn status}. It takes no lock and changes nothing; what is gone while it looks is left
 * out.
 */
@Command(
    name = "status",
    description =
        "what is under way in a store: servers, captures, chains that are being received, merges, and"
            + " what other hosts hold; and how old each chain's newest point is")
final class StatusCommand implements Callable<Integer> {
  private static final Pattern ATTACHED = Pattern.compile("capture-(.+)\\.(?:json|lock)");
  private static final Pattern AT_POINT =
      Pattern.compile("(?:resume|uffd-serve)-([0-9]{1,10})-[0-9a-f]{8}");
  private static final String RESUME = "cairn resume";
  private static final String DOOR = "cairn uffd-serve ";

  @ParentCommand RootCommand root = new RootCommand();

  @Override
  public Integer call() throws IOException {
    Console console = root.console();
    Path path = root.storePath();
    Failures failures = new Failures(console);
    StatusReport report = new StatusReport();
    try (Store store = root.openStore()) {
      FileLocks locks = FileLocks.look();
      Look look = new Look(path, locks, report, root.environment().clock().instant());
      look.server();
      for (String name : look.captured()) {
        try {
          look.capture(store, name);
        } catch (BadInputException e) {
          failures.add(name, e);
        }
      }
      for (String name : store.chainNames()) {
        try (Chain chain = store.open(name)) {
          look.chain(chain);
        } catch (NoSuchPointException | NoSuchFileException e) {
          if (store.chainNames().contains(name)) {
            failures.add(name, e);
          }
        } catch (IOException e) {
          failures.add(name, e);
        }
      }
    }
    report.tell(console, failures.chains());
    return failures.exit();
  }

  /** One look at a store. */
  private record Look(Path store, FileLocks locks, StatusReport report, Instant now) {
    void server() throws IOException {
      OptionalLong process = locks.owner(store.resolve(ServeRun.LOCK));
      if (process.isPresent()) {
        report.add(
            StatusReport.Kind.SERVE,
            "-",
            StatusReport.by(process) + ", also at " + ServeRun.SOCKET,
            StatusReport.with(Fields.of("socket", ServeRun.SOCKET), process));
      }
    }

    /** Returns the chains that have been or are being captured. */
    SortedSet<String> captured() throws IOException {
      SortedSet<String> names = new TreeSet<>();
      try (DirectoryStream<Path> run =
          Files.newDirectoryStream(store.resolve("run"), "capture-*")) {
        for (Path file : run) {
          Matcher matcher = ATTACHED.matcher(String.valueOf(file.getFileName()));
          if (matcher.matches() && ChainName.isSound(matcher.group(1))) {
            names.add(matcher.group(1));
          }
        }
      } catch (NoSuchFileException _) {
        // Nobody has captured into this store yet.
      }
      return names;
    }

    void capture(Store chains, String name) throws IOException {
      OptionalLong process = locks.owner(store.resolve("run/capture-" + name + ".lock"));
      Optional<AttachFile.Content> attached = AttachFile.of(store, name).read();
      if (attached.isEmpty() && process.isEmpty()) {
        return; // it has ended
      }
      Fields row = StatusReport.with(Fields.of("chain", name), process);
      String text = "attaching";
      if (attached.isPresent()) {
        AttachFile.Content content = attached.get();
        boolean lives = isAlive(content);
        row.and("mode", content.mode())
            .and("phase", content.phase().word())
            .and("qmp", content.qmp().toString())
            .and("qemuProcess", content.qemuPid() == 0 ? null : content.qemuPid())
            .and("qemuAlive", lives);
        text =
            "%s, %s: QEMU %s at %s"
                .formatted(
                    content.mode(),
                    content.phase().word(),
                    content.qemuPid() == 0
                        ? "of an unknown process"
                        : content.qemuPid() + (lives ? "" : ", which is gone,"),
                    content.qmp());
      }
      Optional<Instant> newest = newest(chains, name);
      row.and("newest", newest.map(Instant::toString).orElse(null))
          .and("newestAgeSeconds", newest.map(this::age).orElse(null));
      String advice =
          process.isPresent() ? "" : "; the guest is freed by: cairn capture " + name + " --rescue";
      report.add(
          StatusReport.Kind.CAPTURE,
          name,
          text
              + "; by "
              + StatusReport.by(process)
              + newest.map(time -> ", newest point " + ageText(time)).orElse(", no point yet")
              + advice,
          row);
    }

    /** QEMU's number alone may be another process's by now. */
    private static boolean isAlive(AttachFile.Content content) throws IOException {
      return content.qemuPid() != 0
          && Pidfd.startTime(content.qemuPid()).orElse(-1) == content.qemuStart();
    }

    private static Optional<Instant> newest(Store chains, String name) throws IOException {
      try (Chain chain = chains.open(name)) {
        return newest(chain);
      } catch (NoSuchPointException | NoSuchFileException _) {
        return Optional.empty();
      }
    }

    private static Optional<Instant> newest(Chain chain) throws IOException {
      List<RestorePoint> points = chain.restorePoints();
      return points.isEmpty() ? Optional.empty() : Optional.of(points.getLast().point().time());
    }

    private double age(Instant time) {
      return Duration.between(time, now).toMillis() / 1000.0;
    }

    private String ageText(Instant time) {
      return "%.1f s old".formatted(age(time));
    }

    void chain(Chain chain) throws IOException {
      String name = chain.name();
      Path directory = store.resolve("chains").resolve(name);
      Optional<IncomingState> state = Incoming.look(chain);
      if (state.isPresent()) {
        coming(name, directory.resolve("incoming"), state.get());
      }
      OptionalLong merger = locks.owner(directory.resolve("MERGE.lock"));
      if (merger.isPresent()) {
        report.add(
            StatusReport.Kind.MERGE,
            name,
            StatusReport.by(merger),
            StatusReport.with(Fields.of("chain", name), merger));
      }
      chain.manifest().marks().holds().forEach(hold -> hold(name, hold));
      Optional<Instant> newest = newest(chain);
      report.add(
          StatusReport.Kind.NEWEST,
          name,
          newest.map(this::ageText).orElse("no point yet"),
          Fields.of("chain", name)
              .and("newest", newest.map(Instant::toString).orElse(null))
              .and("newestAgeSeconds", newest.map(this::age).orElse(null)));
    }

    private void coming(String name, Path directory, IncomingState state) throws IOException {
      OptionalLong process = locks.owner(directory.resolve("LOCK"));
      List<String> sources = state.sources().stream().map(IncomingState.Source::uri).toList();
      Fields row = StatusReport.with(Fields.of("chain", name), process).and("sources", sources);
      String of = name;
      String text = "asked for";
      if (state.coming().isPresent()) {
        IncomingState.Coming coming = state.coming().get();
        of = name + "@" + coming.point();
        long all = 0;
        long here = 0;
        for (FileEntry file : coming.manifest().files()) {
          all += file.length();
          here += here(directory, file);
        }
        row.and("checkpoint", coming.point())
            .and("checkpointId", coming.checkpoint().toString())
            .and("bytesHere", here)
            .and("bytes", all);
        text = "%s of %s here".formatted(Console.bytes(here), Console.bytes(all));
      }
      String advice = process.isPresent() ? "" : "; the same cairn pull or send goes on";
      report.add(
          StatusReport.Kind.COMING,
          of,
          "%s, from %s; by %s%s"
              .formatted(
                  text,
                  sources.stream().collect(Collectors.joining(", ")),
                  StatusReport.by(process),
                  advice),
          row);
    }

    /** A file that is not whole is sparse: what it takes on disk is what has come. */
    private static long here(Path directory, FileEntry file) throws IOException {
      String name = file.name().text();
      if (Files.exists(directory.resolve(name))) {
        return file.length();
      }
      try (SparseFile part = SparseFile.open(directory.resolve(name + ".part"))) {
        return Math.min(file.length(), part.allocatedBytes());
      } catch (NoSuchFileException _) {
        return 0;
      }
    }

    private void hold(String chain, Hold hold) {
      String point = chain + "@" + hold.point();
      Fields row =
          Fields.of("chain", chain)
              .and("checkpoint", hold.point())
              .and("token", hold.token())
              .and("owner", hold.owner())
              .and("since", hold.time().toString());
      Matcher local = AT_POINT.matcher(hold.token());
      boolean resumes = hold.owner().equals(RESUME);
      if (local.matches() && (resumes || hold.owner().startsWith(DOOR))) {
        long process = Long.parseLong(local.group(1));
        boolean lives = ProcessHandle.of(process).isPresent();
        row.and("process", process).and("alive", lives);
        report.add(
            resumes ? StatusReport.Kind.RESUME : StatusReport.Kind.DOOR,
            point,
            "%sprocess %d%s"
                .formatted(
                    resumes ? "" : "at " + hold.owner().substring(DOOR.length()) + "; by ",
                    process,
                    lives ? "" : ", which is gone"),
            row);
      } else if (hold.owner().startsWith("serve ") || hold.owner().startsWith("send ")) {
        report.add(
            StatusReport.Kind.HOLD,
            point,
            "%s, of %s since %s".formatted(hold.token(), hold.owner(), hold.time()),
            row);
      }
    }
  }
}

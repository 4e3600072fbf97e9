package dev.cairn.tools.resume;

import dev.cairn.store.DeviceState;
import dev.cairn.store.RefusedException;
import dev.cairn.tools.memory.ReadablePoint;
import dev.cairn.tools.migration.Address;
import dev.cairn.tools.migration.Connection;
import dev.cairn.tools.qmp.MachineRecord;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Resumes one restore point in one QEMU: has it started, if so wanted, checks it, tells it what to
 * expect, and feeds it. Used once, by one thread.
 */
public final class Resume {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofSeconds(3);

  private final ReadablePoint read;
  private final String point;
  private final ResumeOptions options;
  private final ResumeListener listener;
  private final Tally tally = new Tally();

  /**
   * Makes one.
   *
   * @param read the point; its caller's
   * @param point its name, for people
   */
  public Resume(ReadablePoint read, String point, ResumeOptions options, ResumeListener listener) {
    this.read = read;
    this.point = point;
    this.options = options;
    this.listener = listener;
  }

  /**
   * Runs it until the destination has all.
   *
   * @throws RefusedException if the destination is another machine; nothing is changed then
   * @throws DestinationLostException if it has ended in the middle of a postcopy
   * @throws TransferPausedException if it waits in the middle of a postcopy
   */
  public Resumed run() throws IOException {
    DeviceState state = read.deviceState();
    Machine machine = Machine.of(point, read.layout(), state);
    MachineCheck check = MachineCheck.of(point, machine, state);
    boolean precopy = options.mode() == ResumeOptions.Mode.PRECOPY;
    machine = precopy ? startedAs(options.start(), machine) : machine;
    PrivateDirectory sockets = PrivateDirectory.create();
    @Nullable ExecDestination exec = null;
    boolean done = false;
    try {
      exec = exec(sockets);
      try (QmpDestination qmp = qmp(exec)) {
        run(check(check, machine, qmp), sockets, exec, qmp);
      }
      done = true;
      return new Resumed(tally, sockets, exec);
    } catch (DestinationLostException e) {
      exec = null; // it has ended
      throw e;
    } finally {
      if (!done) {
        giveUp(sockets, exec);
      }
    }
  }

  private static Machine startedAs(ResumeOptions.Start start, Machine machine)
      throws RefusedException {
    return switch (start) {
      case AS_STORED -> machine;
      case PAUSED -> RunState.with(machine, RunState.PAUSED);
      case RUNNING -> RunState.with(machine, RunState.RUNNING);
    };
  }

  /** A guest that has run is not ended, whatever has failed here: another source can go on. */
  private void giveUp(PrivateDirectory sockets, @Nullable ExecDestination exec) throws IOException {
    if (exec != null && tally.runningMillis() >= 0) {
      sockets.keep();
      exec.letGo();
    }
    new Resumed(tally, sockets, exec).close();
  }

  private @Nullable ExecDestination exec(PrivateDirectory sockets) throws IOException {
    return options.exec().isEmpty()
        ? null
        : ExecDestination.start(options.exec(), sockets.next("qmp"));
  }

  private @Nullable QmpDestination qmp(@Nullable ExecDestination exec) throws IOException {
    Path path = exec != null ? exec.qmp() : options.qmp().orElse(null);
    return path == null ? null : QmpDestination.connect(path);
  }

  private void run(
      Machine machine,
      PrivateDirectory sockets,
      @Nullable ExecDestination exec,
      @Nullable QmpDestination qmp)
      throws IOException {
    boolean recover = options.mode() == ResumeOptions.Mode.RECOVER;
    Address address = address(sockets);
    if (qmp != null && recover) {
      qmp.recover(address);
    } else if (qmp != null) {
      qmp.begin(options.mode() == ResumeOptions.Mode.POSTCOPY, address, options.to().isPresent());
    }
    if (options.mode() == ResumeOptions.Mode.PRECOPY) {
      try (Connection connection = options.security().connect(address, PATIENCE)) {
        listener.note("feeding " + connection.name());
        new Precopy(read, machine, tally).run(connection, listener.progress());
      }
      if (RunState.of(machine).filter(RunState.PAUSED::equals).isPresent()) {
        listener.note("the guest is paused: QMP's cont starts it; with --run it would run now");
      }
      return;
    }
    if (!recover && RunState.of(machine).filter(RunState.PAUSED::equals).isPresent()) {
      listener.note("the guest was paused; in postcopy QEMU starts it, unless it has -S");
    }
    Postcopy.Words words = new Postcopy.Words(point, again(exec));
    Postcopy.Dial dial = there -> options.security().connect(there, PATIENCE);
    try (Postcopy postcopy = new Postcopy(machine, supplies(), qmp, words, dial, listener)) {
      postcopy.run(address, recover, () -> address(sockets));
    }
  }

  private PostcopySource.Supplies supplies() {
    return new PostcopySource.Supplies(
        read.memory(), tally, new Rate(options.bytesPerSecond()), listener.progress());
  }

  /** Returns where the destination is to listen: each time elsewhere, if nobody has said where. */
  private Address address(PrivateDirectory sockets) {
    return options.to().orElseGet(() -> new Address.Unix(sockets.next("migration")));
  }

  /** Returns the machine as this destination takes it; refuses it before anything is changed. */
  private Machine check(MachineCheck check, Machine machine, @Nullable QmpDestination qmp)
      throws IOException {
    Optional<MachineRecord> there = qmp == null ? Optional.empty() : ask(qmp);
    if (options.mode() != ResumeOptions.Mode.RECOVER) {
      check.tellOfDisks(listener);
    }
    if (options.isClone()) {
      check.requireClone(there);
      listener.note("a second machine has, unless you changed it: " + check.sharedByClones());
    }
    if (there.isEmpty()) {
      listener.note(
          "not checked"
              + (qmp == null ? ", as there is no --qmp" : "")
              + ": CPUs, accelerator and devices; machine type and RAM blocks by QEMU alone");
      return machine;
    }
    if (options.mode() != ResumeOptions.Mode.RECOVER) {
      refuseDifferences(check, there.get());
    }
    DestinationBlocks blocks = DestinationBlocks.of(there.get());
    return machine.withLayout(blocks.withHostPages(machine.layout()));
  }

  /** The main thread of a destination whose guest runs may wait for a page, and cannot be asked. */
  private Optional<MachineRecord> ask(QmpDestination qmp) throws IOException {
    if (options.mode() != ResumeOptions.Mode.RECOVER) {
      qmp.requireWaiting();
      qmp.requireSecurity(options.security().tls().isPresent());
      return Optional.of(MachineRecord.read(qmp.qmp(), PATIENCE));
    }
    try {
      return Optional.of(MachineRecord.read(qmp.qmp(), SHORT));
    } catch (SocketTimeoutException _) {
      return Optional.empty();
    }
  }

  private void refuseDifferences(MachineCheck check, MachineRecord there) throws RefusedException {
    String differences = String.join("; ", check.differences(there));
    if (!differences.isEmpty()) {
      if (!options.forceMachine()) {
        throw new RefusedException(
            point
                + ": the destination is another machine: "
                + differences
                + "; start it as the point's machine, or --force-machine");
      }
      listener.warn(differences);
    }
    List<String> notCompared = check.notCompared(there);
    if (!notCompared.isEmpty()) {
      listener.note("not checked, as the point does not tell: " + String.join(", ", notCompared));
    }
  }

  private String again(@Nullable ExecDestination exec) {
    Path qmp = exec != null ? exec.qmp() : options.qmp().orElse(null);
    return "cairn resume "
        + point
        + " --recover "
        + (qmp != null
            ? "--qmp unix:" + qmp
            : "--to " + options.to().map(Address::text).orElse("ADDRESS"))
        + options.security().words();
  }
}

package dev.cairn.tools.capture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cairn.chain.Chain;
import dev.cairn.store.BusyException;
import dev.cairn.store.RefusedException;
import dev.cairn.tools.linux.Pidfd;
import dev.cairn.tools.migration.Address;
import dev.cairn.tools.qmp.GuestRam;
import dev.cairn.tools.qmp.Preflight;
import dev.cairn.tools.qmp.QemuProcess;
import dev.cairn.tools.qmp.Qmp;
import dev.cairn.tools.qmp.SavedSettings;
import dev.cairn.tools.qmp.WantedSettings;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is between a capture and a running QEMU: looks before anything is changed, writes down what
 * will be, changes the settings that a mode needs, and puts them back. Not thread-safe.
 */
final class Attach implements Closeable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /**
   * What to attach. Immutable.
   *
   * @param socket of QMP
   * @param listen where QEMU is to connect to; empty: it is passed a descriptor
   * @param settled tells whether nothing of this capture is on its way into the chain
   * @param stats hears what comes
   * @param warnings hears what a person should know
   */
  record Target(
      Chain chain,
      Path socket,
      Optional<Address> listen,
      Attachment.Limits limits,
      BooleanSupplier settled,
      CaptureStats stats,
      Consumer<String> warnings) {}

  /**
   * What is written down for who rescues. Immutable.
   *
   * @param overlays that the file names
   */
  record Noted(AttachFile file, Overlays overlays) {}

  private final Target target;
  private final RunningQemu qemu;
  private final Identity process;
  private final SpoolMemory memory;
  private final Noted noted;
  private final ModeChoice.Facts facts;
  private final MachineSections machine;
  private final DowntimeLimit downtime;
  private @Nullable SavedSettings settings;
  private @Nullable PauseWatch watch;
  private @Nullable CaptureMode mode;

  /** What the attach file says. */
  private AttachFile.@Nullable Content content;

  private Attach(
      Target target,
      RunningQemu qemu,
      Identity process,
      SpoolMemory memory,
      Noted noted,
      MachineSections machine)
      throws IOException {
    this.target = target;
    this.qemu = qemu;
    this.process = process;
    this.memory = memory;
    this.noted = noted;
    this.machine = machine;
    this.facts = facts(qemu);
    this.downtime = DowntimeLimit.begin(qemu, target.limits().maxPause());
  }

  /**
   * Looks whether QEMU can be captured, and changes nothing yet, but for what an earlier capture of
   * it could not put back.
   *
   * @throws BusyException if another migration is under way
   * @throws RefusedException if it cannot
   */
  static Attach begin(Target target, Qmp qmp, SpoolMemory memory, Noted noted) throws IOException {
    RunningQemu qemu = new RunningQemu(qmp);
    requireIdle(qemu);
    Preflight.check(qmp, PATIENCE);
    Optional<AttachFile.Content> left = noted.file.read();
    Identity process = Identity.of(qmp);
    if (left.isPresent() && process.isOf(left.get())) {
      ObjectNode old = JsonNodeFactory.instance.objectNode();
      old.set("capabilities", left.get().capabilities());
      old.set("parameters", left.get().parameters());
      SavedSettings.parse(old).putBack(qmp, PATIENCE);
      noted.file.delete();
    }
    return new Attach(target, qemu, process, memory, noted, new MachineSections(qemu));
  }

  /**
   * Which process the QEMU is, and not whoever listened for it, as libvirt does. Immutable.
   *
   * @param pid 0 if that is hidden
   * @param start its start time as in field 22 of its stat; 0 likewise
   */
  private record Identity(long pid, long start) {
    static Identity of(Qmp qmp) throws IOException {
      OptionalLong pid = QemuProcess.find(qmp, PATIENCE);
      OptionalLong start =
          pid.isPresent() ? Pidfd.startTime(pid.getAsLong()) : OptionalLong.empty();
      return start.isPresent()
          ? new Identity(pid.getAsLong(), start.getAsLong())
          : new Identity(0, 0);
    }

    boolean isOf(AttachFile.Content left) {
      return left.qemuPid() == pid && left.qemuStart() == start;
    }
  }

  private static void requireIdle(RunningQemu qemu) throws IOException {
    if (!qemu.isIdle()) {
      throw new BusyException(
          "QEMU's migration: expected none under way, found one that is "
              + qemu.migration()
              + "; wait for its end; if it was a capture that died: cairn capture --rescue");
    }
  }

  private static ModeChoice.Facts facts(RunningQemu qemu) throws IOException {
    JsonNode size = qemu.execute("query-memory-size-summary", Map.of());
    return new ModeChoice.Facts(
        qemu.qmp().version(),
        qemu.execute("query-kvm", Map.of()).path("enabled").asBoolean(),
        knows(qemu, "x-colo"),
        size.path("base-memory").asLong() + size.path("plugged-memory").asLong(),
        shared(qemu));
  }

  private static ModeChoice.Shared shared(RunningQemu qemu) throws IOException {
    List<GuestRam.Backend> shared =
        GuestRam.backends(qemu.qmp(), PATIENCE).stream().filter(GuestRam.Backend::share).toList();
    if (shared.isEmpty()) {
      return ModeChoice.Shared.NONE;
    }
    return shared.stream().allMatch(GuestRam.Backend::isIgnored) && knows(qemu, SharedMode.IGNORE)
        ? ModeChoice.Shared.NAMED
        : ModeChoice.Shared.UNNAMED;
  }

  private static boolean knows(RunningQemu qemu, String capability) throws IOException {
    for (JsonNode one : qemu.execute("query-migrate-capabilities", Map.of())) {
      if (one.path("capability").asText().equals(capability)) {
        return true;
      }
    }
    return false;
  }

  ModeChoice.Facts facts() {
    return facts;
  }

  RunningQemu qemu() {
    return qemu;
  }

  /**
   * Starts the watch, and brings QEMU's settings to what a mode needs. The one before has ended.
   */
  CaptureMode start(ModeChoice choice, PauseWatch.Starter starter) throws IOException {
    if (settings != null) {
      settings.putBack(qemu.qmp(), PATIENCE);
    }
    SavedSettings planned = SavedSettings.plan(qemu.qmp(), wanted(choice), PATIENCE);
    settings = planned;
    write(choice.word(), AttachFile.Phase.ATTACHING, planned);
    PauseWatch started = watch;
    if (started == null) {
      started = starter.start(noted.file);
      watch = started;
    }
    planned.apply(qemu.qmp(), PATIENCE);
    write(choice.word(), AttachFile.Phase.ATTACHED, planned);
    Attachment attachment =
        new Attachment(
            qemu,
            started,
            door(),
            next -> enter(choice.word(), next, planned),
            target.warnings(),
            memory,
            machine,
            new Attachment.Target(target.chain(), process.pid, target.settled(), target.stats()),
            target.limits(),
            downtime,
            Clock.systemUTC());
    mode =
        switch (choice.word()) {
          case ColoMode.WORD -> new ColoMode(attachment, facts.shutFirst());
          case StreamMode.WORD -> new StreamMode(attachment);
          case SharedMode.WORD ->
              facts.shared() == ModeChoice.Shared.NAMED
                  ? new SharedMode(attachment)
                  : new StoppedMode(attachment);
          default -> throw new IllegalArgumentException(choice.word());
        };
    return mode;
  }

  private Door door() {
    return target.listen().isPresent()
        ? new ListeningDoor(target.listen().get(), process.pid)
        : new PassedDoor();
  }

  private WantedSettings wanted(ModeChoice choice) {
    WantedSettings wanted = WantedSettings.plain().with(DowntimeLimit.NAME, downtime.millis());
    if (choice.word().equals(SharedMode.WORD) && facts.shared() == ModeChoice.Shared.NAMED) {
      return wanted.on("return-path").on(SharedMode.IGNORE);
    }
    if (!choice.word().equals(ColoMode.WORD)) {
      return wanted.on("return-path");
    }
    WantedSettings colo = wanted.on("x-colo").with(ColoMode.DELAY, ColoMode.NEVER);
    return facts.shutFirst() ? colo.on("return-path") : colo;
  }

  private void enter(String word, AttachFile.Phase next, SavedSettings old) throws IOException {
    AttachFile.Content said = content;
    if (said == null || said.phase() != next) {
      write(word, next, old);
    }
  }

  /** Names the overlays anew, if there are others; does nothing where that cannot be done. */
  void note() {
    AttachFile.Content said = content;
    SavedSettings old = settings;
    if (said != null && old != null && !said.overlays().equals(noted.overlays.list())) {
      try {
        write(said.mode(), said.phase(), old);
      } catch (IOException e) {
        // A full disk, say: the points go on, and the next writing tells.
      }
    }
  }

  private void write(String word, AttachFile.Phase next, SavedSettings old) throws IOException {
    AttachFile.Content now =
        new AttachFile.Content(
            target.chain().name(),
            word,
            next,
            target.socket().toAbsolutePath(),
            process.pid,
            process.start,
            Attachment.DESCRIPTOR,
            target.limits().maxPause().toMillis(),
            old.json().path("capabilities"),
            old.json().path("parameters"),
            noted.overlays.list());
    noted.file.write(now);
    content = now;
  }

  /** Frees the guest, puts the settings back and lets the watch go. */
  @Override
  public void close() throws IOException {
    CaptureMode open = mode;
    if (open != null) {
      open.detach();
    }
    if (settings != null) {
      settings.putBack(qemu.qmp(), PATIENCE);
      noted.file.delete();
    }
    if (watch != null) {
      watch.close();
    }
  }
}

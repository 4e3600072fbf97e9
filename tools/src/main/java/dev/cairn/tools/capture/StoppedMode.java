package dev.cairn.tools.capture;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.Id;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.linux.MemoryFile;
import dev.cairn.tools.migration.Descriptions;
import dev.cairn.tools.migration.SavedDevices;
import dev.cairn.tools.migration.StreamReader;
import dev.cairn.tools.qmp.GuestRam;
import dev.cairn.tools.qmp.QmpException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * RAM in shared files without names (memfd), which QEMU leaves out of no stream: {@code stop}, then
 * the devices by {@code xen-save-devices-state} into a file in memory, while the files are compared
 * with the chain's newest point; then {@code cont}. A live stream comes first: it tells the layout
 * and what describes the devices. States T0 to T3 of tools/QEMU.md.
 */
final class StoppedMode implements CaptureMode {
  private static final Duration RELEASE = Duration.ofSeconds(10);

  private final Attachment attachment;
  private final StreamMode stream;
  private final LostDeltas deltas = new LostDeltas();
  private @Nullable Known known;
  private boolean stopped;
  private volatile boolean interrupted;

  /**
   * What a stream has told. Immutable.
   *
   * @param ram of QEMU before it; as long as that is so, the rest holds
   * @param layout of points
   * @param first its sections, and those that every point gets
   */
  private record Known(GuestRam ram, RamLayout layout, List<DeviceSection> first) {}

  /** The settings of QEMU are those of stream mode. */
  StoppedMode(Attachment attachment) {
    this.attachment = attachment;
    this.stream = new StreamMode(attachment);
  }

  @Override
  public String word() {
    return SharedMode.WORD;
  }

  @Override
  public boolean liesOnTip() {
    return true;
  }

  @Override
  public Taken take(PauseWork work) throws IOException {
    try (TipDelta delta = new TipDelta(attachment.chain());
        GuestFiles files = GuestFiles.open(attachment.qemu(), attachment.process())) {
      Known now = known;
      Optional<Id> tip = delta.tip();
      return now != null && now.ram.equals(files.ram()) && deltas.isNear() && tip.isPresent()
          ? deltas.compared(compared(delta, files, tip.get(), work))
          : deltas.streamed(streamed(files, work));
    } catch (IOException e) {
      throw deltas.lost(Faults.afterDetach(this, e));
    }
  }

  private Taken compared(TipDelta delta, GuestFiles files, Id tip, PauseWork work)
      throws IOException {
    Known now = Objects.requireNonNull(known);
    Spool changed = new Spool(attachment.memory());
    boolean done = false;
    try (GuestMemory memory = files.withProcess(now.layout);
        MemoryFile saved = MemoryFile.create("cairn-devices")) {
      if (deltas.isFirst()) {
        delta.rehearse(files.alone());
      }
      Taken taken = take(new Parts(now, delta, memory, saved, changed), tip, work);
      done = true;
      return taken;
    } finally {
      if (!done) {
        changed.close();
      }
    }
  }

  private Taken streamed(GuestFiles files, PauseWork work) throws IOException {
    files.openProcess().close(); // if that cannot be, it had better be known now
    Taken taken = stream.take(work);
    List<DeviceSection> kept = new ArrayList<>();
    for (DeviceSection section : taken.image().deviceState().sections()) {
      if (StreamReader.STATE.contains(section.name())) {
        kept.add(section);
      }
    }
    kept.addAll(attachment.machine().of(taken.image().layout()));
    known = new Known(files.ram(), taken.image().layout(), kept);
    return taken;
  }

  /** What a checkpoint is made of. */
  private record Parts(
      Known known, TipDelta delta, GuestMemory memory, MemoryFile saved, Spool changed) {}

  private Taken take(Parts parts, Id tip, PauseWork work) throws IOException {
    RunningQemu qemu = attachment.qemu();
    attachment.announce(AttachFile.Phase.STOPPED);
    attachment.watch().begin(OptionalInt.empty());
    long mark = qemu.mark();
    String before = qemu.runState();
    if (!before.equals("running")) {
      throw new LostCheckpointException("somebody stopped the guest: QEMU is " + before);
    }
    long begin = System.nanoTime();
    stopped = true;
    qemu.execute("stop", Map.of());
    beat(begin);
    save(parts.saved);
    beat(begin);
    parts.delta.take(parts.memory, parts.changed, () -> beat(begin));
    Instant time = attachment.clock().instant();
    DeviceSection devices = SavedDevices.parse(parts.saved.bytes(limits().mostStateBytes()));
    List<DeviceSection> sections =
        new ArrayList<>(Descriptions.replaced(parts.known.first, devices));
    @Nullable String fault = Faults.of(() -> sections.addAll(work.run(timeLeft(begin), true)));
    beat(begin);
    if (qemu.since(mark, "RESUME").isPresent() || !qemu.runState().equals(RunningQemu.STOPPED)) {
      throw new LostCheckpointException(
          "the guest went on, or was reset, before a checkpoint was complete");
    }
    qemu.execute("cont", Map.of());
    long resumed = qemu.awaitRunning(mark, limits().ownPause());
    stopped = false;
    attachment.watch().ended();
    attachment.over();
    if (!GuestRam.read(qemu.qmp(), RunningQemu.PATIENCE).equals(parts.known.ram)) {
      throw new LostCheckpointException("QEMU has other memory than before a checkpoint");
    }
    long from = qemu.since(mark, "STOP").map(e -> e.nanos()).orElse(begin);
    Duration pause = Duration.ofNanos(Math.max(0, resumed - from));
    long copied = parts.changed.pages() * Spool.PAGE + devices.content().length;
    Taken taken =
        new Taken(
            new SpoolImage(parts.changed, SpoolImage.Pages.CHANGED, new DeviceState(sections)),
            Taken.Basis.on(tip),
            new Taken.Figures(time, pause, copied));
    return fault == null ? taken : taken.withFault(fault);
  }

  /** Has QEMU write the devices into a file of ours, by a descriptor: no path, no rights. */
  private void save(MemoryFile into) throws IOException {
    RunningQemu qemu = attachment.qemu();
    into.withWritable(
        fd -> {
          long set =
              qemu.qmp()
                  .executeWith(fd, "add-fd", Map.of(), RunningQemu.PATIENCE)
                  .path("fdset-id")
                  .asLong();
          try {
            qemu.execute(
                "xen-save-devices-state", Map.of("filename", "/dev/fdset/" + set, "live", false));
          } catch (QmpException e) {
            throw new ModeFailedException(Faults.message(e), e);
          } finally {
            // What QEMU keeps of it, it closes with this connection.
            @Nullable String _ =
                Faults.of(() -> qemu.execute("remove-fd", Map.of("fdset-id", set)));
          }
        });
  }

  private Attachment.Limits limits() {
    return attachment.limits();
  }

  private Duration timeLeft(long begin) {
    long own = limits().ownPause().toNanos();
    return Duration.ofNanos(Math.max(1_000_000, begin + own - System.nanoTime()));
  }

  private void beat(long begin) throws IOException {
    if (interrupted) {
      throw new InterruptedIOException("interrupted while a checkpoint was taken");
    }
    attachment.watch().beat();
    limits().requireShort(System.nanoTime() - begin);
  }

  @Override
  public void detach() throws IOException {
    stream.detach();
    if (stopped) {
      attachment.qemu().release(true, RELEASE, attachment.watch());
      stopped = false;
    }
    attachment.watch().ended();
    attachment.over();
  }

  @Override
  public void interrupt() {
    interrupted = true;
    stream.interrupt();
  }
}

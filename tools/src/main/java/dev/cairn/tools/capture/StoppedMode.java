package dev.cairn.tools.capture;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.Id;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.linux.MemoryFile;
import dev.cairn.tools.migration.Descriptions;
import dev.cairn.tools.migration.SavedDevices;
import dev.cairn.tools.migration.StreamReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * RAM in shared files without names (memfd), which QEMU leaves out of no stream: {@code stop}, then
 * the devices by {@code xen-save-devices-state} into a file in memory, while the files are compared
 * with the chain's newest point; then {@code cont}. The first checkpoint is a live stream, which
 * tells the layout and what describes the devices. States T0 to T3 of tools/QEMU.md.
 */
final class StoppedMode implements CaptureMode {
  private static final Duration RELEASE = Duration.ofSeconds(10);

  private final Attachment attachment;
  private final StreamMode stream;
  private List<DeviceSection> first = List.of();
  private @Nullable RamLayout layout;
  private boolean stopped;
  private volatile boolean interrupted;

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
        GuestMemory.Files files = GuestMemory.Files.open(attachment.qemu(), attachment.process())) {
      RamLayout known = layout;
      Optional<Id> tip = delta.tip();
      if (known == null || tip.isEmpty() || !files.has(known)) {
        return byStream(work);
      }
      Spool changed = new Spool(attachment.memory());
      boolean done = false;
      try (GuestMemory memory = files.withProcess(known);
          MemoryFile saved = MemoryFile.create("cairn-devices")) {
        Taken taken = take(new Parts(delta, memory, saved, changed), tip.get(), work);
        done = true;
        return taken;
      } catch (IOException e) {
        throw Faults.afterDetach(this, e);
      } finally {
        if (!done) {
          changed.close();
        }
      }
    }
  }

  private Taken byStream(PauseWork work) throws IOException {
    Taken taken = stream.take(work);
    layout = taken.image().layout();
    List<DeviceSection> kept = new ArrayList<>();
    for (DeviceSection section : taken.image().deviceState().sections()) {
      if (StreamReader.STATE.contains(section.name())) {
        kept.add(section);
      }
    }
    kept.addAll(attachment.machine());
    first = kept;
    return taken;
  }

  /** What a checkpoint is made of. */
  private record Parts(TipDelta delta, GuestMemory memory, MemoryFile saved, Spool changed) {}

  private Taken take(Parts parts, Id tip, PauseWork work) throws IOException {
    RunningQemu qemu = attachment.qemu();
    attachment.phases().enter(AttachFile.Phase.STOPPED);
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
    List<DeviceSection> sections = sections(parts.saved);
    Instant time = attachment.clock().instant();
    @Nullable String fault = Faults.of(() -> sections.addAll(work.run(timeLeft(begin), true)));
    beat(begin);
    if (qemu.since(mark, "RESUME").isPresent() || !qemu.runState().equals(RunningQemu.STOPPED)) {
      throw new LostCheckpointException("the guest went on before a checkpoint was complete");
    }
    qemu.execute("cont", Map.of());
    long resumed = qemu.awaitRunning(mark, attachment.limits().ownPause());
    stopped = false;
    attachment.watch().ended();
    attachment.over();
    long from = qemu.since(mark, "STOP").map(e -> e.nanos()).orElse(begin);
    Taken taken =
        new Taken(
            new SpoolImage(parts.changed, false, new DeviceState(sections)),
            Taken.Basis.on(tip),
            new Taken.Figures(
                time, Duration.ofNanos(Math.max(0, resumed - from)), parts.changed.pages()));
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
          } finally {
            qemu.execute("remove-fd", Map.of("fdset-id", set));
          }
        });
  }

  /** The sections of the first stream, with the devices of now. */
  private List<DeviceSection> sections(MemoryFile saved) throws IOException {
    DeviceSection devices = SavedDevices.parse(saved.bytes(attachment.limits().mostStateBytes()));
    return new ArrayList<>(Descriptions.replaced(first, devices));
  }

  private Duration timeLeft(long begin) {
    long own = attachment.limits().ownPause().toNanos();
    return Duration.ofNanos(Math.max(1_000_000, begin + own - System.nanoTime()));
  }

  private void beat(long begin) throws IOException {
    if (interrupted) {
      throw new InterruptedIOException("interrupted while a checkpoint was taken");
    }
    attachment.watch().beat();
    long paused = System.nanoTime() - begin;
    if (paused > attachment.limits().ownPause().toNanos()) {
      throw new LostCheckpointException(
          "the guest has stood still for "
              + paused / 1_000_000
              + " ms: a checkpoint is dropped; give more --max-pause if it may");
    }
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

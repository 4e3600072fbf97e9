package dev.cairn.tools.capture;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.Id;
import dev.cairn.tools.migration.ReturnPath;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * RAM in shared files that have names: a migration for each checkpoint, which leaves them out. The
 * guest stands still from its end until SHUT 1, and they are compared with the chain's newest point
 * meanwhile. States H0 to H3 of tools/QEMU.md.
 */
final class SharedMode implements CaptureMode {
  static final String WORD = "shared";
  static final String IGNORE = "x-ignore-shared";

  private static final Duration RELEASE = Duration.ofSeconds(10);

  private final Attachment attachment;
  private final StreamMode stream;
  private volatile @Nullable MigrationSink open;
  private boolean ignoring = true;

  /** The settings of QEMU are those of this mode: return-path and x-ignore-shared on. */
  SharedMode(Attachment attachment) {
    this.attachment = attachment;
    this.stream = new StreamMode(attachment);
  }

  @Override
  public String word() {
    return WORD;
  }

  @Override
  public boolean liesOnTip() {
    return true;
  }

  /** An empty chain gets its first point by a live stream: all of it would be copied in a pause. */
  @Override
  public Taken take(PauseWork work) throws IOException {
    try (TipDelta delta = new TipDelta(attachment.chain())) {
      Optional<Id> tip = delta.tip();
      ignore(tip.isPresent());
      if (tip.isEmpty()) {
        return stream.take(work);
      }
      Spool changed = new Spool(attachment.memory());
      boolean done = false;
      try (GuestMemory.Files files =
              GuestMemory.Files.open(attachment.qemu(), attachment.process());
          Spool rest = new Spool(attachment.memory())) {
        Taken taken = take(new Parts(delta, files, rest, changed), tip.get(), work);
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

  /** What a checkpoint is made of. */
  private record Parts(TipDelta delta, GuestMemory.Files files, Spool rest, Spool changed) {}

  private Taken take(Parts parts, Id tip, PauseWork work) throws IOException {
    MigrationSink sink = MigrationSink.begin(attachment);
    open = sink;
    sink.reader().readHead();
    if (!sink.reader().ignoresShared()) {
      throw new ModeFailedException("QEMU does not leave shared memory out of its stream");
    }
    sink.reader().readRam(parts.rest);
    DeviceState state = sink.reader().readState();
    try (GuestMemory memory = parts.files.with(parts.rest)) {
      parts.delta.take(memory, parts.changed, sink::beat);
    }
    Instant time = attachment.clock().instant();
    List<DeviceSection> sections = new ArrayList<>(state.sections());
    sections.addAll(attachment.machine());
    @Nullable String fault = Faults.of(() -> sections.addAll(work.run(sink.timeLeft(), false)));
    sink.requirePaused();
    sink.write(ReturnPath.shut(1));
    Duration pause = sink.awaitRunning();
    attachment.qemu().awaitIdle(RELEASE);
    Taken taken =
        new Taken(
            new SpoolImage(parts.changed, false, new DeviceState(sections)),
            Taken.Basis.on(tip),
            new Taken.Figures(time, pause, sink.receivedBytes()));
    end(sink);
    attachment.over();
    return fault == null ? taken : taken.withFault(fault);
  }

  private void ignore(boolean shared) throws IOException {
    if (ignoring != shared) {
      List<?> one = List.of(Map.of("capability", IGNORE, "state", shared));
      attachment.qemu().execute("migrate-set-capabilities", Map.of("capabilities", one));
      ignoring = shared;
    }
  }

  private void end(MigrationSink sink) {
    sink.shutdown();
    sink.close();
    open = null;
  }

  @Override
  public void detach() throws IOException {
    stream.detach();
    MigrationSink sink = open;
    if (sink != null) {
      end(sink);
      attachment.qemu().release(false, RELEASE, attachment.watch());
      attachment.watch().ended();
      attachment.over();
    }
  }

  @Override
  public void interrupt() {
    stream.interrupt();
    MigrationSink sink = open;
    if (sink != null) {
      sink.interrupt();
    }
  }
}

package dev.cairn.tools.capture;

import dev.cairn.store.DeviceState;
import dev.cairn.store.Id;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.migration.RamSink;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * RAM in shared files that have names: a migration for each checkpoint, which leaves them out. The
 * guest stands still from its end until SHUT 1, and they are compared with the chain's newest point
 * meanwhile. States H0 to H3 of tools/QEMU.md.
 */
final class SharedMode implements CaptureMode {
  static final String WORD = "shared";
  static final String IGNORE = "x-ignore-shared";

  private final Attachment attachment;
  private final StreamMode stream;
  private final LostDeltas deltas = new LostDeltas();
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

  @Override
  public Taken take(PauseWork work) throws IOException {
    try (TipDelta delta = new TipDelta(attachment.chain())) {
      Optional<Id> tip = delta.tip();
      boolean compared = deltas.isNear() && tip.isPresent();
      ignore(compared);
      return compared
          ? deltas.compared(compared(delta, tip.get(), work))
          : deltas.streamed(stream.take(work));
    } catch (IOException e) {
      throw deltas.lost(Faults.afterDetach(this, e));
    }
  }

  private Taken compared(TipDelta delta, Id tip, PauseWork work) throws IOException {
    Spool changed = new Spool(attachment.memory());
    boolean done = false;
    try (GuestFiles files = GuestFiles.open(attachment.qemu(), attachment.process());
        Spool rest = new Spool(attachment.memory())) {
      if (deltas.isFirst()) {
        delta.rehearse(files.alone());
      }
      Taken taken = stream.take(new Compared(delta, files, rest, changed, tip), work);
      done = true;
      return taken;
    } finally {
      if (!done) {
        changed.close();
      }
    }
  }

  /** What differs from the tip, in the shared files and in the rest, which the stream brings. */
  private record Compared(TipDelta delta, GuestFiles files, Spool rest, Spool changed, Id tip)
      implements StreamMode.Making {
    @Override
    public RamSink pages(MigrationSink sink) {
      return rest;
    }

    @Override
    public void paused(MigrationSink sink) throws IOException {
      if (!sink.reader().ignoresShared()) {
        throw new ModeFailedException("QEMU does not leave shared memory out of its stream");
      }
      try (GuestMemory memory = files.with(rest)) {
        delta.take(memory, changed, sink::beat);
      }
      sink.requireUntouched();
    }

    @Override
    public RamLayout layout() {
      return rest.layout();
    }

    @Override
    public Taken taken(DeviceState state, Taken.Figures figures) {
      return new Taken(
          new SpoolImage(changed, SpoolImage.Pages.CHANGED, state),
          Taken.Basis.on(tip),
          figures.with(changed.pages() * Spool.PAGE));
    }
  }

  private void ignore(boolean shared) throws IOException {
    if (ignoring != shared) {
      List<?> one = List.of(Map.of("capability", IGNORE, "state", shared));
      attachment.qemu().execute("migrate-set-capabilities", Map.of("capabilities", one));
      ignoring = shared;
    }
  }

  @Override
  public void detach() throws IOException {
    stream.detach();
  }

  @Override
  public void interrupt() {
    stream.interrupt();
  }
}

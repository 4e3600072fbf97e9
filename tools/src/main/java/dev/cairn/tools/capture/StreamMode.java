package dev.cairn.tools.capture;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.migration.RamSink;
import dev.cairn.tools.migration.ReturnPath;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A live migration for each checkpoint, answered by SHUT 1 when all is in: the source takes that
 * for a failure and goes on by itself. Works with any QEMU; each stream brings all pages. States S0
 * to S4 of tools/QEMU.md.
 */
final class StreamMode implements CaptureMode {
  static final String WORD = "stream";

  private static final Duration RELEASE = Duration.ofSeconds(10);

  /** Makes a checkpoint of a stream, and of what can be read while that waits. */
  interface Making {
    /** Takes the pages of the stream. */
    RamSink pages(MigrationSink sink);

    /** All has come, and the guest stands still until this returns. */
    void paused(MigrationSink sink) throws IOException;

    /** Returns the blocks of the machine. */
    RamLayout layout();

    /** Returns the checkpoint: the guest runs again. */
    Taken taken(DeviceState state, Taken.Figures figures) throws IOException;
  }

  private final Attachment attachment;
  private volatile @Nullable MigrationSink open;

  /** The settings of QEMU are those of this mode: return-path on. */
  StreamMode(Attachment attachment) {
    this.attachment = attachment;
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
    try (WholePages pages = attachment.wholePages()) {
      return take(new Whole(pages), work);
    } catch (IOException e) {
      throw Faults.afterDetach(this, e);
    }
  }

  /** Nothing but what the stream brings. */
  private record Whole(WholePages pages) implements Making {
    @Override
    public RamSink pages(MigrationSink sink) {
      pages.beats(sink::beatAtWork);
      return pages;
    }

    @Override
    public void paused(MigrationSink sink) {}

    @Override
    public RamLayout layout() {
      return pages.layout();
    }

    @Override
    public Taken taken(DeviceState state, Taken.Figures figures) throws IOException {
      return pages.taken(state, false, figures);
    }
  }

  /** Takes a checkpoint; what making has taken stays its own if this fails. */
  Taken take(Making making, PauseWork work) throws IOException {
    try {
      MigrationSink sink = MigrationSink.begin(attachment);
      open = sink;
      DeviceState state = sink.receive(making.pages(sink));
      Instant time = attachment.clock().instant();
      making.paused(sink);
      List<DeviceSection> sections = new ArrayList<>(state.sections());
      sections.addAll(attachment.machine().of(making.layout()));
      @Nullable String fault = Faults.of(() -> sections.addAll(work.run(sink.timeLeft(), false)));
      sink.requirePaused();
      sink.write(ReturnPath.shut(1));
      Duration pause = sink.awaitRunning();
      attachment.qemu().awaitIdle(RELEASE);
      Taken.Figures figures = new Taken.Figures(time, pause, sink.receivedBytes());
      end(sink);
      attachment.over();
      Taken taken = making.taken(new DeviceState(sections), figures);
      return fault == null ? taken : taken.withFault(fault);
    } catch (IOException e) {
      throw Faults.afterDetach(this, e);
    }
  }

  private void end(MigrationSink sink) {
    sink.shutdown();
    sink.close();
    open = null;
  }

  @Override
  public void detach() throws IOException {
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
    MigrationSink sink = open;
    if (sink != null) {
      sink.interrupt();
    }
  }
}

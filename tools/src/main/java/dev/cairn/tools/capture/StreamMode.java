package dev.cairn.tools.capture;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.tools.migration.ReturnPath;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A live migration for each checkpoint, answered by SHUT 1 when all is in: the source takes that
 * for a failure and goes on by itself. Works with any QEMU; each checkpoint is whole. States S0 to
 * S4 of tools/QEMU.md.
 */
final class StreamMode implements CaptureMode {
  static final String WORD = "stream";

  private static final Duration RELEASE = Duration.ofSeconds(10);

  /** Makes the pages of a checkpoint, while the guest stands still. */
  @FunctionalInterface
  interface Making {
    Spool pages(MigrationSink sink) throws IOException;
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
  public Taken take(PauseWork work) throws IOException {
    Spool spool = new Spool(attachment.memory());
    boolean done = false;
    try {
      Taken taken = take(spool, Taken.Basis.WHOLE, _ -> spool, work);
      done = true;
      return taken;
    } finally {
      if (!done) {
        spool.close();
      }
    }
  }

  /**
   * Takes a checkpoint that is made of a stream, and of what can be read while that waits.
   *
   * @param came takes the pages of the stream; it and what is made of it stay the caller's if this
   *     fails
   */
  Taken take(Spool came, Taken.Basis basis, Making making, PauseWork work) throws IOException {
    try {
      MigrationSink sink = MigrationSink.begin(attachment);
      open = sink;
      DeviceState state = sink.receive(came);
      Instant time = attachment.clock().instant();
      Spool pages = making.pages(sink);
      List<DeviceSection> sections = new ArrayList<>(state.sections());
      sections.addAll(attachment.machine().of(came.layout()));
      @Nullable String fault = Faults.of(() -> sections.addAll(work.run(sink.timeLeft(), false)));
      sink.requirePaused();
      sink.write(ReturnPath.shut(1));
      Duration pause = sink.awaitRunning();
      attachment.qemu().awaitIdle(RELEASE);
      long copied = pages == came ? 0 : pages.pages() * Spool.PAGE;
      Taken taken =
          new Taken(
              new SpoolImage(pages, basis.point().isEmpty(), new DeviceState(sections)),
              basis,
              new Taken.Figures(time, pause, sink.receivedBytes() + copied));
      end(sink);
      attachment.over();
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

package dev.cairn.tools.capture;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.tools.migration.ColoMessage;
import dev.cairn.tools.migration.Descriptions;
import dev.cairn.tools.migration.ReturnPath;
import dev.cairn.tools.migration.StreamReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sink of QEMU's checkpoint protocol: after a first whole stream each checkpoint brings the
 * pages that were written since the one before. States C0 to C9 of tools/QEMU.md.
 */
final class ColoMode implements CaptureMode {
  static final String WORD = "colo";

  /** So long that only we fire checkpoints: some 24 days, in milliseconds. */
  static final int NEVER = Integer.MAX_VALUE;

  static final String DELAY = "x-checkpoint-delay";

  private static final Duration RELEASE = Duration.ofSeconds(10);

  /** Between SHUT and READY: QEMU 11 takes them for one otherwise. */
  private static final Duration GAP = Duration.ofMillis(50);

  private final Attachment attachment;
  private final boolean shutFirst;
  private volatile @Nullable MigrationSink open;
  private DeviceState first = DeviceState.NONE;
  private boolean started;

  /** The guest may stand still for a checkpoint. */
  private boolean midway;

  /**
   * The settings of QEMU are those of this mode.
   *
   * @param shutFirst the handshake of QEMU 11: return-path is on, and ends before READY
   */
  ColoMode(Attachment attachment, boolean shutFirst) {
    this.attachment = attachment;
    this.shutFirst = shutFirst;
  }

  @Override
  public String word() {
    return WORD;
  }

  @Override
  public boolean liesOnTip() {
    return open == null;
  }

  @Override
  public Taken take(PauseWork work) throws IOException {
    try {
      MigrationSink sink = open;
      return sink == null ? whole(work) : delta(sink, work);
    } catch (IOException e) {
      throw Faults.afterDetach(this, e);
    }
  }

  private Taken whole(PauseWork work) throws IOException {
    try (WholePages pages = attachment.wholePages()) {
      try {
        return whole(pages, work);
      } catch (IOException e) {
        throw Faults.afterDetach(this, e); // the guest first, then files that are large
      }
    }
  }

  private Taken whole(WholePages pages, PauseWork work) throws IOException {
    midway = false;
    MigrationSink sink = MigrationSink.begin(attachment);
    open = sink;
    pages.beats(sink::beatAtWork);
    first = sink.receive(pages);
    Instant time = attachment.clock().instant();
    List<DeviceSection> sections = new ArrayList<>(first.sections());
    sections.addAll(attachment.machine().of(pages.layout()));
    @Nullable String fault = Faults.of(() -> sections.addAll(work.run(sink.timeLeft(), true)));
    Duration pause = start(sink);
    Taken.Figures figures = new Taken.Figures(time, pause, sink.receivedBytes());
    Taken taken = pages.taken(new DeviceState(sections), true, figures);
    return fault == null ? taken : taken.withFault(fault);
  }

  /** Ends the migration and begins the checkpoints; a QEMU that cannot do that is let go on. */
  private Duration start(MigrationSink sink) throws IOException {
    try {
      sink.requirePaused();
      if (shutFirst) {
        sink.write(ReturnPath.shut(0));
        Thread.sleep(GAP);
      }
      sink.write(ColoMessage.bytes(ColoMessage.CHECKPOINT_READY));
      Duration pause = sink.awaitRunning();
      String status = attachment.qemu().migration();
      if (!status.equals("colo")) {
        throw new IOException("its migration is " + status);
      }
      started = true;
      return pause;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while checkpoints were begun");
    } catch (IOException e) {
      if (started) {
        throw e;
      }
      throw new ModeFailedException(
          "QEMU "
              + attachment.qemu().qmp().version()
              + " does not begin to take checkpoints: "
              + Faults.message(e),
          e);
    }
  }

  private Taken delta(MigrationSink sink, PauseWork work) throws IOException {
    Spool spool = new Spool(attachment.memory());
    boolean done = false;
    try {
      Taken taken = delta(sink, spool, work);
      done = true;
      return taken;
    } finally {
      if (!done) {
        spool.close();
      }
    }
  }

  private Taken delta(MigrationSink sink, Spool spool, PauseWork work) throws IOException {
    StreamReader reader = sink.reader();
    spool.layout(reader.layout());
    long before = sink.receivedBytes();
    long mark = attachment.qemu().mark();
    attachment.qemu().execute("migrate-set-parameters", Map.of(DELAY, NEVER));
    sink.expectBytes();
    expect(reader, ColoMessage.CHECKPOINT_REQUEST);
    if (attachment.qemu().since(mark, "STOP").isPresent()) {
      throw new LostCheckpointException("somebody stopped the guest: it is not captured now");
    }
    midway = true;
    sink.expectPause();
    sink.write(ColoMessage.bytes(ColoMessage.CHECKPOINT_REPLY));
    expect(reader, ColoMessage.VMSTATE_SEND);
    reader.readDirty(spool);
    expect(reader, ColoMessage.VMSTATE_SIZE);
    DeviceSection devices = reader.readDevices();
    Instant time = attachment.clock().instant();
    List<DeviceSection> sections = new ArrayList<>(attachment.machine().of(spool.layout()));
    @Nullable String fault = Faults.of(() -> sections.addAll(work.run(sink.timeLeft(), true)));
    sink.requirePaused();
    sink.write(ColoMessage.bytes(ColoMessage.VMSTATE_RECEIVED, ColoMessage.VMSTATE_LOADED));
    Duration pause = sink.awaitRunning();
    midway = false;
    sections.addAll(0, Descriptions.replaced(first.sections(), devices));
    Taken taken =
        new Taken(
            new SpoolImage(spool, SpoolImage.Pages.WRITTEN, new DeviceState(sections)),
            Taken.Basis.CHAINED,
            new Taken.Figures(time, pause, sink.receivedBytes() - before));
    return fault == null ? taken : taken.withFault(fault);
  }

  private static void expect(StreamReader reader, int expected) throws IOException {
    int found = reader.readColoMessage();
    if (found != expected) {
      throw new LostCheckpointException(
          "message of QEMU: expected "
              + ColoMessage.name(expected)
              + ", found "
              + ColoMessage.name(found));
    }
  }

  @Override
  public void detach() throws IOException {
    MigrationSink sink = open;
    if (sink == null) {
      return;
    }
    open = null;
    boolean stopped = false;
    try {
      // QEMU starts the guest at the end of checkpoints, whoever had stopped it.
      stopped = started && attachment.qemu().runState().equals(RunningQemu.STOPPED);
      if (started && !midway) {
        // The guest runs: QEMU ends by itself, and shuts the socket.
        @Nullable String _ =
            Faults.of(() -> attachment.qemu().execute("x-colo-lost-heartbeat", Map.of()));
      }
      // Where the guest stands still the socket's end alone does not free it.
      sink.shutdown();
      attachment.qemu().release(false, RELEASE, attachment.watch());
      attachment.watch().ended();
      attachment.over();
      if (stopped) {
        attachment.qemu().execute("stop", Map.of());
      }
    } finally {
      started = false;
      sink.shutdown();
      sink.close();
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

package dev.cairn.tools.capture;

import dev.cairn.store.DeviceState;
import dev.cairn.tools.migration.Connection;
import dev.cairn.tools.migration.RamSink;
import dev.cairn.tools.migration.ReturnPath;
import dev.cairn.tools.migration.SocketInput;
import dev.cairn.tools.migration.StreamCommands;
import dev.cairn.tools.migration.StreamReader;
import dev.cairn.tools.qmp.Qmp.Event;
import dev.cairn.tools.qmp.QmpException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One migration of a running QEMU into this process, by a {@link Door}. While the guest may be
 * paused by it, reading beats the watch, and ends when the pause is too long. Used by one thread,
 * but for {@link #interrupt}.
 */
final class MigrationSink implements Closeable {
  private static final int BUFFER_BYTES = 256 << 10;

  /** A live migration that has taken so long and has sent so much will not end. */
  private static final Duration LEAST_ROUNDS = Duration.ofSeconds(10);

  /** Times that all of the RAM has come by then. */
  private static final int MOST_TIMES = 3;

  /** Of a guest that runs: nothing came for so long, which is said. */
  private static final Duration QUIET = Duration.ofSeconds(10);

  /** And for so long: it is not waited for any more. */
  private static final Duration SILENT = Duration.ofSeconds(30);

  private final Attachment attachment;
  private final Connection socket;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment out = arena.allocate(64, 8);
  private final SocketInput in;
  private final StreamReader reader;
  private final long begin = System.nanoTime();
  private long mark;

  /** With more received than this a live migration will not end; 0 if that is not known. */
  private long enoughBytes;

  private long ramBytes;

  /** How many bytes had come when that was last looked at, and when there was another number. */
  private long heardBytes;

  private long heardAt = begin;
  private boolean quiet;
  private boolean live = true;
  private boolean watching = true;
  private long pausedAt;
  private volatile boolean interrupted;

  private MigrationSink(Attachment attachment, Connection socket, long mark) {
    this.attachment = attachment;
    this.socket = socket;
    this.mark = mark;
    this.in =
        new SocketInput(
            socket,
            arena.allocate(BUFFER_BYTES, 4096),
            new SocketInput.Watch(this::beat, attachment.limits().beat(), System::nanoTime));
    this.reader = new StreamReader(in, new Answers(), attachment.limits().mostStateBytes());
  }

  /** Begins a migration; from now on the guest may be paused by it. */
  static MigrationSink begin(Attachment attachment) throws IOException {
    RunningQemu qemu = attachment.qemu();
    attachment.announce(AttachFile.Phase.MIGRATING);
    try (Door.Opening opening = attachment.door().open(qemu)) {
      attachment.watch().begin(opening.early());
      long mark = qemu.mark();
      qemu.execute("migrate", Map.of("uri", opening.uri()));
      Door.End end = opening.end();
      MigrationSink sink = new MigrationSink(attachment, end.connection(), mark);
      boolean done = false;
      try {
        if (opening.early().isEmpty()) {
          attachment.watch().begin(OptionalInt.of(end.descriptor()));
        }
        done = true;
        return sink;
      } finally {
        if (!done) {
          sink.shutdown();
          sink.close();
        }
      }
    } catch (IOException e) {
      over(attachment, e);
      throw e;
    }
  }

  /** Ends the watch if nothing of ours can pause the guest: QEMU has refused it, say. */
  private static void over(Attachment attachment, IOException why) {
    try {
      RunningQemu qemu = attachment.qemu();
      if (why instanceof QmpException || (qemu.isIdle() && qemu.runState().equals("running"))) {
        attachment.over();
        attachment.watch().ended();
      }
    } catch (IOException e) {
      why.addSuppressed(e); // the far side looks for itself
    }
  }

  StreamReader reader() {
    return reader;
  }

  /** Takes all of a live migration: its pages, then the devices of a guest that stands still. */
  DeviceState receive(RamSink pages) throws IOException {
    reader.readHead();
    reader.readRam(pages);
    return reader.readState();
  }

  /** Returns how many bytes have come. */
  long receivedBytes() {
    return in.position();
  }

  /** Writes a message to QEMU. */
  void write(byte[] message) throws IOException {
    MemorySegment bytes = out.asSlice(0, message.length);
    bytes.copyFrom(MemorySegment.ofArray(message));
    socket.write(bytes);
  }

  /**
   * As {@link #beat}, of one who is busy, and does not read meanwhile.
   *
   * @return whether the guest stands still
   */
  boolean beatAtWork() throws IOException {
    expectBytes();
    beat();
    return pausedSince() != 0;
  }

  /** From now on QEMU has something to send, while its guest runs. */
  void expectBytes() {
    heardAt = System.nanoTime();
    quiet = false;
  }

  /** From now on reading is about a pause that is about to begin, or has. */
  void expectPause() throws IOException {
    mark = attachment.qemu().mark();
    live = false;
    pausedAt = System.nanoTime();
    watching = true;
    attachment.watch().beat();
  }

  /** Waits until the guest runs again; returns how long it stood still. */
  Duration awaitRunning() throws IOException {
    long resumed = attachment.qemu().awaitRunning(mark, attachment.limits().ownPause());
    attachment.watch().ended();
    watching = false;
    Optional<Event> stop = attachment.qemu().since(mark, "STOP");
    long from = stop.map(Event::nanos).orElse(pausedAt == 0 ? resumed : pausedAt);
    return Duration.ofNanos(Math.max(0, resumed - from));
  }

  /**
   * Checks that the guest stands still, and has since the state that was read: QEMU has not let go
   * of the connection, and has not said that the guest runs.
   */
  void requirePaused() throws IOException {
    if (in.hasEnded()
        || socket.awaitInput(Duration.ZERO)
        || attachment.qemu().since(mark, "RESUME").isPresent()
        || attachment.qemu().since(mark, "COLO_EXIT").isPresent()) {
      throw new LostCheckpointException("QEMU went on by itself before a checkpoint was complete");
    }
  }

  /**
   * Checks that nothing but the guest itself has written its memory since it stood still: QEMU
   * resets a machine in a pause, too. To be asked once the memory was read.
   */
  void requireUntouched() throws IOException {
    String state = attachment.qemu().runState(); // its answer comes behind all that was said before
    Optional<Event> stop = attachment.qemu().since(mark, "STOP");
    if (state.equals("running")
        || attachment.qemu().since(stop.map(Event::number).orElse(mark), "RESET").isPresent()) {
      throw new LostCheckpointException(
          "the guest was reset, or went on, while its memory was read: a checkpoint is dropped");
    }
  }

  /** Returns how long the guest may still stand still; at least a millisecond. */
  Duration timeLeft() throws IOException {
    long own = attachment.limits().ownPause().toNanos();
    long since = pausedSince();
    long left = since == 0 ? own : since + own - System.nanoTime();
    return Duration.ofNanos(Math.max(1_000_000, left));
  }

  private long pausedSince() throws IOException {
    if (pausedAt == 0) {
      pausedAt = attachment.qemu().since(mark, "STOP").map(Event::nanos).orElse(0L);
    }
    return pausedAt;
  }

  /**
   * Does what reading does while the guest may be paused.
   *
   * @throws LostCheckpointException if that has lasted too long
   */
  void beat() throws IOException {
    if (interrupted) {
      throw new InterruptedIOException("interrupted while a checkpoint was taken");
    }
    attachment.target().stats().arrived(receivedBytes(), ramBytes());
    long now = System.nanoTime();
    if (!watching) {
      requireBytes(now);
      return;
    }
    attachment.watch().beat();
    long since = pausedSince();
    if (since != 0) {
      attachment.limits().requireShort(now - since);
    } else {
      requireBytes(now);
    }
    if (live && since == 0 && now - begin > LEAST_ROUNDS.toNanos() && hasSentTooMuch()) {
      // Another round or two may do with a longer limit.
      enoughBytes = receivedBytes() + 2 * MOST_TIMES * reader.layout().totalBytes();
      if (attachment.downtime().raise()) {
        return;
      }
      throw new LostCheckpointException(
          "the guest writes faster than its memory can be sent: "
              + (receivedBytes() >> 20)
              + " MiB have come in "
              + (now - begin) / 1_000_000_000
              + " s; a checkpoint is dropped; give more --max-pause, or slow the guest down");
    }
  }

  /** No pause ends a wait for a QEMU that is silent while its guest runs: this does. */
  private void requireBytes(long now) throws LostCheckpointException {
    long bytes = in.position() + in.buffered();
    if (bytes != heardBytes) {
      heardBytes = bytes;
      heardAt = now;
      quiet = false;
    }
    long silent = now - heardAt;
    if (silent > SILENT.toNanos()) {
      throw new LostCheckpointException(
          "QEMU has sent nothing of its migration for "
              + SILENT.toSeconds()
              + " s, and its guest runs: the migration is cancelled, and a checkpoint is dropped;"
              + " see QEMU's log");
    }
    if (silent > QUIET.toNanos() && !quiet) {
      quiet = true;
      attachment
          .warnings()
          .accept(
              "QEMU has sent nothing of its migration for "
                  + QUIET.toSeconds()
                  + " s, and its guest runs; after "
                  + SILENT.toSeconds()
                  + " s the migration is cancelled");
    }
  }

  private boolean hasSentTooMuch() {
    if (enoughBytes == 0) {
      enoughBytes = MOST_TIMES * ramBytes();
    }
    return enoughBytes > 0 && receivedBytes() > enoughBytes;
  }

  /** Returns the bytes of RAM; 0 while the block table has not come. */
  private long ramBytes() {
    if (ramBytes == 0) {
      try {
        ramBytes = reader.layout().totalBytes();
      } catch (IllegalStateException e) {
        return 0;
      }
    }
    return ramBytes;
  }

  void interrupt() {
    interrupted = true;
  }

  /** Ends the connection, for whoever holds it. */
  void shutdown() {
    socket.shutdown();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // It is shut down by now, or of no use: nobody can do more about it.
    }
    arena.close();
  }

  /** Answers what a source asks while it sends. */
  private final class Answers implements StreamCommands {
    @Override
    public void openReturnPath() {}

    @Override
    public void ping(long value) throws IOException {
      write(ReturnPath.pong(value));
    }

    @Override
    public void enableColo() {}
  }
}

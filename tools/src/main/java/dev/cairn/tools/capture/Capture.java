package dev.cairn.tools.capture;

import dev.cairn.chain.Chain;
import dev.cairn.chain.retention.RetentionPolicy;
import dev.cairn.chain.retention.RetentionRules;
import dev.cairn.merge.BackgroundMerger;
import dev.cairn.merge.Policies;
import dev.cairn.store.BusyException;
import dev.cairn.store.RefusedException;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.tools.migration.Address;
import dev.cairn.tools.qmp.Qmp;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Captures one running QEMU into one chain, until it is told to stop, has enough points, or cannot
 * go on. {@link #run} is one thread's, the rest is for any.
 */
public final class Capture {
  /** Wait for QMP. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** So many failures in a row end a mode, if they took as long as {@link #HOPELESS}. */
  private static final int MOST_FAILURES = 10;

  private static final Duration HOPELESS = Duration.ofSeconds(60);

  /** Between two looks at a disk that is full. */
  private static final long ROOM_NANOS = 500_000_000;

  /**
   * What to do. Immutable.
   *
   * @param qmp path of QEMU's socket
   * @param listen where QEMU is to connect to; empty: it is passed a descriptor
   * @param every interval that is asked for
   * @param count of points; 0 for no end
   * @param mode as {@code --mode} has it
   * @param maxPause after which others free the guest
   * @param bufferBytes of memory for what is not yet durable
   * @param keep rules by which points go; empty: none goes
   * @param label of the first point; empty for none
   * @param disks that points get with them, if any
   */
  public record Options(
      Path qmp,
      Optional<Address> listen,
      Duration every,
      long count,
      String mode,
      Duration maxPause,
      long bufferBytes,
      RetentionRules keep,
      String label,
      FrameCodec codec,
      Optional<DiskPairs> disks) {
    /** Returns the same for another number of points. */
    public Options withCount(long points) {
      return new Options(
          qmp, listen, every, points, mode, maxPause, bufferBytes, keep, label, codec, disks);
    }
  }

  /**
   * Where to. Immutable.
   *
   * @param store its directory
   * @param spillBytes most that the spill file may have
   * @param room that the store has; without any no point is taken, and the guest runs on
   */
  public record Place(Path store, Chain chain, long spillBytes, StoreRoom room) {}

  private final Options options;
  private final Place place;
  private final PauseWatch.Starter starter;
  private final Consumer<CaptureEvent> events;
  private final CaptureStats stats = new CaptureStats();
  private final LatelyHeld held = new LatelyHeld();
  private final Overlays overlays = new Overlays();
  private final DiskTurns turns;
  private final RoomWatch room;
  private volatile @Nullable CaptureQueue queue;
  private volatile @Nullable CaptureMode mode;
  private boolean stopped;

  // Of the thread that runs.
  private int failures;
  private long lastSuccess = System.nanoTime();

  /**
   * Makes a capture; nothing happens yet.
   *
   * @param events hears what happens, on several threads
   */
  public Capture(
      Options options, Place place, PauseWatch.Starter starter, Consumer<CaptureEvent> events) {
    this.options = options;
    this.place = place;
    this.starter = starter;
    this.events = events;
    this.room = new RoomWatch(place.room(), text -> events.accept(new CaptureEvent.Warning(text)));
    this.turns = new DiskTurns(options.disks().map(DiskPairs::every).orElse(1L));
  }

  /** Returns the figures so far. */
  public CaptureStats stats() {
    return stats;
  }

  /** Returns how many checkpoints are not yet durable. */
  public int queued() {
    CaptureQueue q = queue;
    return q == null ? 0 : q.length();
  }

  /** Makes {@link #run} end soon: detached, with all that is complete stored. */
  public void stop() {
    synchronized (this) {
      stopped = true;
      notifyAll();
    }
    CaptureMode m = mode;
    if (m != null) {
      m.interrupt();
    }
  }

  private synchronized boolean isStopped() {
    return stopped;
  }

  /** Captures. When it returns or throws, what is complete is durable, and the guest runs. */
  public void run() throws IOException {
    Chain chain = place.chain();
    try (SpoolMemory memory =
            new SpoolMemory(
                options.bufferBytes(),
                new SpillFile(place.store().resolve("run"), place.spillBytes()));
        BackgroundMerger merger =
            new BackgroundMerger(
                chain,
                Policies.of(options.codec()),
                BackgroundMerger.Limits.DEFAULT,
                new MergeWarnings(text -> events.accept(new CaptureEvent.Warning(text))));
        CaptureQueue q =
            new CaptureQueue(
                memory,
                new ChainWriter(
                    chain,
                    merger,
                    new Thinning(
                        chain,
                        new RetentionPolicy(options.keep(), ZoneId.systemDefault()),
                        text -> events.accept(new CaptureEvent.Warning(text)),
                        System::nanoTime),
                    new ChainWriter.Style(
                        options.label(),
                        options.codec(),
                        Math.max(1, Runtime.getRuntime().availableProcessors()))),
                new Results())) {
      queue = q;
      try (Qmp qmp = connect()) {
        try (Attach attach =
            Attach.begin(
                new Attach.Target(
                    chain,
                    options.qmp(),
                    options.listen(),
                    new Attachment.Limits(options.maxPause(), 1 << 30),
                    q::isClear,
                    stats,
                    text -> events.accept(new CaptureEvent.Warning(text))),
                qmp,
                memory,
                new Attach.Noted(AttachFile.of(place.store(), chain.name()), overlays))) {
          capture(attach, q);
        } finally {
          mode = null;
        }
        events.accept(new CaptureEvent.Detached());
      }
    }
  }

  private Qmp connect() throws IOException {
    try {
      return Qmp.connect(options.qmp(), PATIENCE);
    } catch (SocketTimeoutException e) {
      throw new BusyException(Faults.message(e));
    }
  }

  private void capture(Attach attach, CaptureQueue q) throws IOException {
    Deque<ModeChoice> choices =
        new ArrayDeque<>(ModeChoice.of(options.mode(), attach.facts(), options.maxPause()));
    Qmp qmp = attach.qemu().qmp();
    if (options.disks().isPresent()) {
      options.disks().get().snapshot().check(qmp);
    }
    CaptureMode now = begin(attach, choices.remove());
    Pace pace = new Pace(options.every(), System.nanoTime());
    while (!isStopped() && !hasEnough(q)) {
      await(pace);
      if (isStopped() || !runs(attach.qemu()) || !hasRoom()) {
        continue;
      }
      q.check();
      if (q.needsWhole()) {
        now.detach();
      }
      if (now.liesOnTip()) {
        q.awaitEmpty();
      }
      q.awaitRoom(held.mostBytes(), this::isStopped);
      if (isStopped()) {
        continue;
      }
      pace.begin(System.nanoTime());
      try {
        PauseWork work =
            options
                .disks()
                .filter(_ -> turns.isNext())
                .map(d -> d.work(qmp, place.chain().environment(), overlays))
                .orElse(PauseWork.NONE);
        overlays.begin();
        Taken next = now.take(work);
        remember(next);
        turns.taken(DiskPairs.overlays(next).isPresent());
        q.put(next);
        attach.note();
      } catch (LostCheckpointException e) {
        lost(e);
        attach.note();
        if (isHopeless()) {
          now = next(attach, now, choices, e);
        }
      } catch (ModeFailedException e) {
        now = next(attach, now, choices, e);
      } catch (InterruptedIOException e) {
        if (!isStopped()) {
          throw e;
        }
      }
      pace.stretched()
          .ifPresent(held -> events.accept(new CaptureEvent.Stretched(options.every(), held)));
    }
    now.detach();
  }

  /**
   * Enough are durable, or on their way; those on their way are waited for, as they may be lost.
   */
  private boolean hasEnough(CaptureQueue q) throws IOException {
    if (options.count() == 0) {
      return false;
    }
    // The queue first: what leaves it meanwhile is counted twice, and looked at again.
    if (q.length() + stats.points() < options.count()) {
      return false;
    }
    q.awaitEmpty();
    return stats.points() >= options.count();
  }

  private CaptureMode begin(Attach attach, ModeChoice choice) throws IOException {
    CaptureMode begun = attach.start(choice, starter);
    mode = begun;
    events.accept(
        new CaptureEvent.Began(choice.word(), choice.why(), choice.pause(), choice.shortest()));
    failures = 0;
    lastSuccess = System.nanoTime();
    return begun;
  }

  /** Goes on with the next mode; fails if there is none. */
  private CaptureMode next(
      Attach attach, CaptureMode failed, Deque<ModeChoice> choices, IOException why)
      throws IOException {
    failed.detach();
    ModeChoice choice = choices.poll();
    if (choice == null) {
      throw why instanceof ModeFailedException
          ? new RefusedException(Faults.message(why) + "; use --mode stream")
          : why;
    }
    events.accept(
        new CaptureEvent.Warning("mode " + failed.word() + " is given up: " + Faults.message(why)));
    return begin(attach, choice);
  }

  private void lost(LostCheckpointException e) {
    failures++;
    stats.drop();
    events.accept(new CaptureEvent.Dropped(Faults.message(e) + overlays.leftOver()));
  }

  private boolean isHopeless() {
    return failures >= MOST_FAILURES && System.nanoTime() - lastSuccess > HOPELESS.toNanos();
  }

  private void remember(Taken taken) {
    failures = 0;
    lastSuccess = System.nanoTime();
    stats.pause(taken.figures().pause());
    held.add(taken.image().spool().heldBytes());
  }

  private boolean paused;

  /** Tells whether the guest runs; nothing of ours may start one that somebody else has stopped. */
  private boolean runs(RunningQemu qemu) throws IOException {
    String state = qemu.runState();
    boolean running = state.equals("running");
    if (!running && !paused) {
      events.accept(
          new CaptureEvent.Warning(
              "the guest stands still, and not by us (" + state + "): no points until it runs"));
    }
    paused = !running;
    if (paused) {
      sleep(Math.min(options.every().toNanos(), 200_000_000));
    }
    return running;
  }

  /** Tells whether points wait for room on the disk. */
  public boolean isWaitingForRoom() {
    return room.isFull();
  }

  private boolean hasRoom() throws IOException {
    boolean has = room.look();
    if (!has) {
      sleep(Math.max(options.every().toNanos(), ROOM_NANOS));
    }
    return has;
  }

  private void await(Pace pace) throws IOException {
    sleep(pace.waitNanos(System.nanoTime()));
  }

  private synchronized void sleep(long nanos) throws InterruptedIOException {
    long end = System.nanoTime() + nanos;
    try {
      for (long left = nanos; left > 0 && !stopped; left = end - System.nanoTime()) {
        wait(left / 1_000_000, (int) (left % 1_000_000));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted between two points");
    }
  }

  /** What becomes of checkpoints. */
  private final class Results implements CaptureQueue.Listener {
    @Override
    public void stored(Taken taken, PointWriter.Stored stored) {
      CaptureEvent.Point point =
          new CaptureEvent.Point(
              stored.number(),
              taken.figures().time(),
              taken.figures().pause(),
              stored.pages(),
              stored.storedBytes(),
              taken.figures().receivedBytes(),
              Math.max(0, queued() - 1));
      turns.stored();
      overlays.durable(DiskPairs.overlays(taken).orElse(List.of()));
      stats.add(point);
      events.accept(point);
    }

    @Override
    public void dropped(Taken taken, String why) {
      turns.dropped();
      stats.drop();
      events.accept(new CaptureEvent.Dropped(why + DiskPairs.leftOver(taken)));
    }
  }

  /** Returns how old the newest durable point is. */
  public Optional<Duration> age(Instant now) {
    return stats.newest().map(newest -> Duration.between(newest, now));
  }
}

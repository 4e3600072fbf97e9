package dev.cairn.tools.uffd;

import dev.cairn.store.Id;
import dev.cairn.tools.linux.LinuxException;
import dev.cairn.tools.linux.PollSet;
import dev.cairn.tools.linux.SharedMemory;
import dev.cairn.tools.linux.UnixSocket;
import dev.cairn.tools.linux.UserFault;
import dev.cairn.tools.memory.MemorySource;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owns one VM here: its copy of the client's socket, its record, and the threads that serve it.
 * What it goes through is in tools/UFFD.md, States of a VM. Thread-safe.
 */
final class Vm implements Closeable {
  /** For a client's message. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** For a client that is dying to be gone. */
  private static final Duration LAST_LOOK = Duration.ofSeconds(1);

  /**
   * What all VMs of a server have in common. Immutable.
   *
   * @param point checkpoint id of what is served
   * @param prefills whether what nobody touches is given, too
   * @param bytesPerSecond of that at most; 0 is no limit
   * @param keeping has the keeper hold a record
   */
  record Setting(
      MemorySource source, Id point, boolean prefills, long bytesPerSecond, Keeping keeping) {}

  /** Has the keeper hold a VM's record; returns when it does. */
  @FunctionalInterface
  interface Keeping {
    void hold(long id, int record) throws IOException;
  }

  private final long id;
  private final UnixSocket client;
  private final Setting setting;
  private final Consumer<VmEvent> events;
  private final WakeUp wakeUp = new WakeUp();
  private final VmTally tally = new VmTally();
  private final Thread thread;
  private volatile @Nullable SharedMemory kept;
  private volatile @Nullable VmRecord record;
  private volatile @Nullable VmMemory memory;
  private volatile boolean stopped;

  /**
   * Takes a VM.
   *
   * @param client owned from now on
   * @param kept its record, if a server has made one; owned from now on
   * @param events are told by its threads
   */
  Vm(
      long id,
      UnixSocket client,
      @Nullable SharedMemory kept,
      Setting setting,
      Consumer<VmEvent> events)
      throws IOException {
    this.id = id;
    this.client = client;
    this.kept = kept;
    this.setting = setting;
    this.events = events;
    this.thread = Thread.ofPlatform().daemon().name("vm-" + id).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  VmTally tally() {
    return tally;
  }

  /** Returns what another keeper needs to hold it. */
  KeeperLink.Held held() {
    VmRecord made = record;
    SharedMemory before = kept;
    List<Integer> descriptors =
        made != null
            ? List.of(client.number(), made.number())
            : before != null ? List.of(client.number(), before.number()) : List.of(client.number());
    return new KeeperLink.Held(id, descriptors);
  }

  private void run() {
    VmEvent end;
    try {
      end = serve();
    } catch (IOException | RuntimeException e) {
      end = failed(String.valueOf(e.getMessage()));
    }
    events.accept(end);
  }

  /** Whatever a keeper has a record of is never let go while its client lives. */
  private VmEvent failed(String why) {
    if (kept == null && record == null) {
      return new VmEvent.Refused(why);
    }
    try (Arena arena = Arena.ofConfined()) {
      PollSet poll = new PollSet(arena, 1);
      poll.addEnd(client.number());
      if (poll.await((int) LAST_LOOK.toMillis())) {
        return new VmEvent.Gone();
      }
    } catch (IOException e) {
      // not known: it lives
    }
    return stopped ? new VmEvent.Left() : new VmEvent.Failed(why);
  }

  private VmEvent serve() throws IOException {
    if (!awaitMessage()) {
      return new VmEvent.Left();
    }
    try (ClientMessage message =
        ClientMessage.peek(
            client, setting.source.layout().pageSize(), setting.source.layout().totalBytes())) {
      boolean again = kept != null;
      VmRecord own = record(message);
      VmMemory shared = new VmMemory(message.mappings(), own, tally);
      memory = shared;
      if (stopped) {
        return new VmEvent.Left();
      }
      events.accept(new VmEvent.Began(client.peerPid(), message.mappings(), again));
      return serve(message.fault(), shared);
    }
  }

  /** Waits for the message; false if this is stopped first. */
  private boolean awaitMessage() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      PollSet poll = new PollSet(arena, 2);
      int input = poll.addInput(client.number());
      poll.addInput(wakeUp.number());
      poll.await((int) PATIENCE.toMillis());
      if (stopped) {
        return false;
      }
      if (!poll.isReady(input)) {
        throw new RefusedClientException(
            "the client", "its message within " + PATIENCE.toSeconds() + " s", "nothing");
      }
      return true;
    }
  }

  private VmRecord record(ClientMessage message) throws IOException {
    long units = message.mappings().units();
    SharedMemory before = kept;
    if (before != null) {
      VmRecord found = VmRecord.of(before, setting.point, units, message.bytes());
      record = found;
      return found;
    }
    // Wakes nobody that waits for us, but tells whether the kernel knows such addresses at all.
    for (Mapping region : message.mappings().all()) {
      try {
        message.fault().wake(region.address(), region.lengthBytes());
      } catch (LinuxException e) {
        throw new RefusedClientException(
            "a region at 0x" + Long.toHexString(region.address()) + ": " + e.getMessage(), e);
      }
    }
    VmRecord made = VmRecord.create(setting.point, units, message.bytes());
    record = made;
    setting.keeping.hold(id, made.number());
    return made;
  }

  private VmEvent serve(UserFault fault, VmMemory shared) throws IOException {
    FaultLoop loop =
        new FaultLoop(
            shared, fault, client.number(), wakeUp, why -> events.accept(new VmEvent.Stuck(why)));
    Thread ahead = null;
    try {
      if (setting.prefills) {
        UserFault own = fault.duplicate();
        ahead = Thread.ofPlatform().daemon().name("vm-" + id + "-prefill").start(() -> ahead(own));
      }
      return loop.run(setting.source) ? new VmEvent.Gone() : new VmEvent.Left();
    } finally {
      shared.stop();
      if (ahead != null) {
        join(ahead);
      }
    }
  }

  private void ahead(UserFault fault) {
    VmMemory shared = memory;
    if (shared == null) {
      return;
    }
    try (fault) {
      if (new Prefill(shared, fault, setting.source, setting.bytesPerSecond).run()) {
        events.accept(new VmEvent.Whole());
      }
    } catch (IOException | RuntimeException e) {
      // Faults are answered all the same.
      if (!shared.isStopped()) {
        events.accept(new VmEvent.Stuck("nothing is given ahead any more: " + e.getMessage()));
      }
    }
  }

  /** Has it end; {@link #close} waits for that. */
  void stop() {
    stopped = true;
    VmMemory shared = memory;
    if (shared != null) {
      shared.stop();
    }
    wakeUp.call();
  }

  /** Waits until it has told its end. */
  void awaitEnd() throws InterruptedIOException {
    join(thread);
  }

  private static void join(Thread thread) throws InterruptedIOException {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  /** Stops it, waits for its threads, and lets go of what it has. */
  @Override
  public void close() throws IOException {
    stop();
    join(thread);
    wakeUp.close();
    VmRecord made = record;
    SharedMemory before = kept;
    if (made != null) {
      made.close();
    } else if (before != null) {
      before.close();
    }
    client.close();
  }
}

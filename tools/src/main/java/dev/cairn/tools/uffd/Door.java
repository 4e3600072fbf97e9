package dev.cairn.tools.uffd;

import dev.cairn.store.Id;
import dev.cairn.store.RefusedException;
import dev.cairn.tools.linux.PollSet;
import dev.cairn.tools.linux.SharedMemory;
import dev.cairn.tools.linux.UnixSocket;
import dev.cairn.tools.memory.MemorySource;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Serves the memory of one point to VMs that come to a socket, and goes on with those that another
 * server has left (tools/UFFD.md). Run by one thread; {@link #stop} may be called by any.
 */
public final class Door implements Closeable {
  /**
   * How to serve. Immutable.
   *
   * @param once whether to end when a VM has
   * @param prefills whether memory that nobody touches is given, too
   * @param bytesPerSecond of that at most, for each VM; 0 is no limit
   */
  public record Options(boolean once, boolean prefills, long bytesPerSecond) {}

  /**
   * What came of it. Immutable.
   *
   * @param left VMs that wait for the next server
   * @param failed how many of them because they could not be served any more
   * @param stuck faults that were not answered, as what they wanted is damaged
   * @param text what was done for all, in words
   * @param numbers the same for machines
   */
  public record Outcome(
      int left, int failed, long stuck, String text, Map<String, Object> numbers) {}

  private static final Duration RETRY = Duration.ofMillis(500);

  private record Happened(long vm, VmEvent event) {}

  private final Path socket;
  private final MemorySource source;
  private final Id point;
  private final Options options;
  private final Consumer<DoorEvent> events;
  private final WakeUp wakeUp = new WakeUp();
  private final ConcurrentLinkedQueue<Happened> happened = new ConcurrentLinkedQueue<>();
  private final Map<Long, CompletableFuture<Boolean>> holding = new ConcurrentHashMap<>();
  private final Map<Long, Vm> vms = new TreeMap<>();
  private final VmTally all = new VmTally();
  private int left;
  private int failed;
  private int served;
  private volatile boolean stopped;

  /**
   * Makes a server.
   *
   * @param socket where VMs come
   * @param point checkpoint id of what the source is
   */
  public Door(
      Path socket, MemorySource source, Id point, Options options, Consumer<DoorEvent> events)
      throws IOException {
    this.socket = socket;
    this.source = source;
    this.point = point;
    this.options = options;
    this.events = events;
  }

  /** Has {@link #run} come to its end; VMs that live wait for the next server. */
  public void stop() {
    stopped = true;
    wakeUp.call();
  }

  /**
   * Serves until it is told to stop, or once.
   *
   * @throws dev.cairn.store.BusyException if another server is there
   * @throws RefusedException if the VMs that are there began with another point
   */
  public Outcome run() throws IOException {
    try (KeeperLink link = KeeperLink.open(socket)) {
      try {
        takeOver(link);
        events.accept(new DoorEvent.Listening(socket, vms.size()));
        vms.values().forEach(Vm::start);
        serve(link);
      } finally {
        // Before the link: the keeper takes its end for the end of all that is done here.
        leave(link);
      }
    }
    if (left == 0) {
      KeeperLink.awaitEnd(socket);
    }
    return new Outcome(left, failed, all.stuckCount(), all.text(), all.json());
  }

  private void takeOver(KeeperLink link) throws IOException {
    for (KeeperWire.Frame frame : link.given()) {
      take(link, frame);
    }
  }

  private Vm take(KeeperLink link, KeeperWire.Frame frame) throws IOException {
    UnixSocket client = UnixSocket.adopt(frame.descriptors().getFirst(), "VM " + frame.id());
    SharedMemory kept = null;
    if (frame.descriptors().size() > 1) {
      kept = SharedMemory.adopt(frame.descriptors().getLast(), "record of VM " + frame.id());
    }
    long id = frame.id();
    Vm vm =
        new Vm(
            id,
            client,
            kept,
            new Vm.Setting(
                source,
                point,
                options.prefills(),
                options.bytesPerSecond(),
                (vmId, record) -> hold(link, vmId, record)),
            event -> {
              happened.add(new Happened(id, event));
              wakeUp.call();
            });
    vms.put(id, vm);
    if (kept != null && !VmRecord.point(kept).equals(point)) {
      throw new RefusedException(
          socket
              + ": VM "
              + id
              + " there began with checkpoint id "
              + VmRecord.point(kept)
              + ", and this point is "
              + point
              + ": serve the point that it began with");
    }
    return vm;
  }

  /** A keeper that dies meanwhile is replaced, and the next one is given the record at once. */
  private void hold(KeeperLink link, long id, int record) throws IOException {
    CompletableFuture<Boolean> held = new CompletableFuture<>();
    holding.put(id, held);
    try {
      link.send(KeeperWire.KEEP, id, record);
    } catch (IOException e) {
      wakeUp.call();
    }
    try {
      held.get(2 * KeeperWire.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the keeper does not hold VM " + id, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      holding.remove(id);
    }
  }

  private void serve(KeeperLink link) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      PollSet poll = new PollSet(arena, 2);
      while (!stopped && !(options.once() && served > 0)) {
        poll.clear();
        int keeper = poll.addInput(link.number());
        int calls = poll.addInput(wakeUp.number());
        poll.await(-1);
        if (poll.isReady(calls)) {
          wakeUp.take();
        }
        if (poll.isReady(keeper)) {
          hear(link);
        }
        for (Happened each = happened.poll(); each != null; each = happened.poll()) {
          tell(link, each);
        }
      }
    }
  }

  private void hear(KeeperLink link) throws IOException {
    Optional<KeeperWire.Frame> frame = link.receive();
    if (frame.isEmpty()) {
      events.accept(new DoorEvent.Warning("the keeper has died: starting another"));
      restart(link);
      return;
    }
    switch (frame.get().kind()) {
      case KeeperWire.GIVE -> take(link, frame.get().require(1, 2)).start();
      case KeeperWire.KEPT -> {
        CompletableFuture<Boolean> held = holding.get(frame.get().id());
        if (held != null) {
          held.complete(true);
        }
      }
      default -> {
        frame.get().close();
        throw new IOException("keeper's wire: frame " + frame.get().kind());
      }
    }
  }

  /** VMs are served meanwhile, by their own threads. */
  private void restart(KeeperLink link) {
    while (!stopped) {
      try {
        List<KeeperLink.Held> given =
            link.restart(() -> vms.values().stream().map(Vm::held).toList());
        for (KeeperLink.Held vm : given) {
          CompletableFuture<Boolean> waiting = holding.get(vm.id());
          if (waiting != null && vm.descriptors().size() > 1) {
            waiting.complete(true);
          }
        }
        return;
      } catch (IOException e) {
        events.accept(
            new DoorEvent.Warning(
                e.getMessage() + "; should this server die now, its VMs are lost: trying again"));
        LockSupport.parkNanos(RETRY.toNanos());
      }
    }
  }

  private void tell(KeeperLink link, Happened each) throws IOException {
    long id = each.vm();
    switch (each.event()) {
      case VmEvent.Began e ->
          events.accept(
              new DoorEvent.Began(
                  id, e.pid(), e.mappings().totalBytes(), e.mappings().all().size(), e.again()));
      case VmEvent.Whole _ -> events.accept(new DoorEvent.Whole(id));
      case VmEvent.Stuck e -> events.accept(new DoorEvent.Stuck(id, e.why()));
      case VmEvent.Refused e -> {
        events.accept(new DoorEvent.Refused(id, e.why()));
        end(link, id, true);
      }
      case VmEvent.Gone _ -> {
        ended(id, true, "");
        served++;
        end(link, id, true);
      }
      case VmEvent.Left _ -> {
        ended(id, false, "");
        left++;
        end(link, id, false);
      }
      case VmEvent.Failed e -> {
        ended(id, false, e.why());
        left++;
        failed++;
        served++;
        end(link, id, false);
      }
    }
  }

  private void ended(long id, boolean gone, String why) {
    Vm vm = vms.get(id);
    if (vm != null) {
      VmTally tally = vm.tally();
      events.accept(new DoorEvent.Ended(id, gone, why, tally.text(), tally.json()));
    }
  }

  private void end(KeeperLink link, long id, boolean drops) throws IOException {
    if (drops) {
      try {
        link.send(KeeperWire.DROP, id);
      } catch (IOException e) {
        // The keeper is dead; the next one is not given it.
      }
      Vm vm = vms.remove(id);
      if (vm != null) {
        all.add(vm.tally());
        vm.close();
      }
    }
  }

  /** Stops all VMs, and says of each what was done. */
  private void leave(KeeperLink link) throws IOException {
    vms.values().forEach(Vm::stop);
    holding.values().forEach(held -> held.complete(false));
    for (Vm vm : List.copyOf(vms.values())) {
      vm.awaitEnd();
    }
    for (Happened each = happened.poll(); each != null; each = happened.poll()) {
      tell(link, each);
    }
    for (Vm vm : vms.values()) {
      all.add(vm.tally());
      vm.close();
    }
    vms.clear();
  }

  @Override
  public void close() {
    wakeUp.close();
  }
}

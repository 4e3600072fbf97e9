package dev.cairn.tools.uffd;

import dev.cairn.store.BusyException;
import dev.cairn.tools.linux.UnixListener;
import dev.cairn.tools.linux.UnixSocket;
import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of its keeper: found at the door, or started, and started anew when it dies.
 * Owns copies of the door's sockets, so that nothing is lost then. Thread-safe.
 */
final class KeeperLink implements Closeable {
  private static final int TRIES = 40;
  private static final Duration PAUSE = Duration.ofMillis(50);

  /**
   * What a new keeper needs of a VM: descriptors of its socket and, if there is one, its record.
   */
  record Held(long id, List<Integer> descriptors) {
    Held {
      descriptors = List.copyOf(descriptors);
    }
  }

  private final Path path;
  private final UnixListener door;
  private final UnixListener servers;
  private final List<KeeperWire.Frame> given = new ArrayList<>();
  private UnixSocket keeper;

  private KeeperLink(Path path, UnixListener door, UnixListener servers, UnixSocket keeper) {
    this.path = path;
    this.door = door;
    this.servers = servers;
    this.keeper = keeper;
  }

  /**
   * Opens a door, or goes on at one that a keeper holds open.
   *
   * @throws BusyException if another server is there
   */
  static KeeperLink open(Path path) throws IOException {
    BusyException busy = null;
    for (int i = 0; i < TRIES; i++) {
      if (i > 0) {
        // A server that was just killed is about to leave; a keeper that ends takes its names away.
        LockSupport.parkNanos(PAUSE.toNanos());
      }
      UnixSocket keeper;
      try {
        keeper = UnixSocket.connect(Keeper.ofServers(path), KeeperWire.PATIENCE);
      } catch (ConnectException e) {
        return begin(path);
      }
      KeeperLink link = null;
      try {
        link = takeOver(path, keeper);
      } catch (BusyException e) {
        busy = e;
      } finally {
        if (link == null) {
          keeper.close();
        }
      }
      if (link != null) {
        return link;
      }
    }
    throw busy != null ? busy : new BusyException(path + ": its keeper is about to end; try again");
  }

  /** Returns null if the keeper was about to end. */
  private static @Nullable KeeperLink takeOver(Path path, UnixSocket keeper) throws IOException {
    int own = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    if (keeper.peerUser() != own) {
      throw new IOException(
          Keeper.ofServers(path)
              + ": expected a keeper of user "
              + own
              + ", found one of user "
              + keeper.peerUser());
    }
    KeeperWire.Frame first = KeeperWire.receive(keeper).orElse(null);
    if (first == null) {
      return null;
    }
    if (first.kind() == KeeperWire.BUSY) {
      throw new BusyException(path + ": process " + first.value() + " serves there");
    }
    first.require(2, 2);
    KeeperLink link =
        new KeeperLink(
            path,
            UnixListener.adopt(first.descriptors().getFirst(), path),
            UnixListener.adopt(first.descriptors().getLast(), Keeper.ofServers(path)),
            keeper);
    for (int i = 0; i < first.value(); i++) {
      link.given.add(KeeperWire.expect(keeper, KeeperWire.GIVE).require(1, 2));
    }
    return link;
  }

  private static KeeperLink begin(Path path) throws IOException {
    UnixListener servers = listen(Keeper.ofServers(path));
    UnixListener door = null;
    boolean done = false;
    try {
      door = listen(path);
      UnixListener listening = door;
      UnixSocket keeper =
          KeeperProcess.start(path, to -> handOver(to, listening, servers, List.of()));
      done = true;
      return new KeeperLink(path, door, servers, keeper);
    } finally {
      if (!done) {
        servers.close();
        if (door != null) {
          door.close();
        }
      }
    }
  }

  /** Listens where nobody does: a socket that was left behind is replaced, nothing else. */
  private static UnixListener listen(Path path) throws IOException {
    try {
      return UnixListener.listenToMany(path);
    } catch (FileAlreadyExistsException e) {
      Object mode = Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
      boolean isSocket = ((int) mode & 0170000) == 0140000;
      if (!isSocket || isListenedAt(path)) {
        throw e;
      }
      Files.delete(path);
      return UnixListener.listenToMany(path);
    }
  }

  private static boolean isListenedAt(Path path) throws IOException {
    try {
      UnixSocket.connect(path, Duration.ofSeconds(1)).close();
      return true;
    } catch (ConnectException e) {
      return false;
    }
  }

  private static void handOver(
      UnixSocket to, UnixListener door, UnixListener servers, List<Held> held) throws IOException {
    KeeperWire.send(to, KeeperWire.DOOR, held.size(), 0, door.number(), servers.number());
    for (Held each : held) {
      int[] numbers = each.descriptors().stream().mapToInt(Integer::intValue).toArray();
      KeeperWire.send(to, KeeperWire.GIVE, 0, each.id(), numbers);
    }
  }

  /** Returns the VMs that were there already; their descriptors are the caller's. */
  List<KeeperWire.Frame> given() {
    return List.copyOf(given);
  }

  /** Returns the descriptor to wait at. */
  synchronized int number() {
    return keeper.number();
  }

  synchronized void send(int kind, long id, int... descriptors) throws IOException {
    KeeperWire.send(keeper, kind, 0, id, descriptors);
  }

  /** Receives what is there; empty if the keeper has died. For the one thread that waits here. */
  Optional<KeeperWire.Frame> receive() {
    UnixSocket from;
    synchronized (this) {
      from = keeper;
    }
    try {
      return KeeperWire.receive(from);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Starts another keeper and gives it all; returns what that was. */
  synchronized List<Held> restart(Supplier<List<Held>> vms) throws IOException {
    keeper.close();
    // Asked for within the lock: what was sent before is in it, what is sent later goes to the new.
    List<Held> held = vms.get();
    keeper = KeeperProcess.start(path, to -> handOver(to, door, servers, held));
    return held;
  }

  /** Leaves: the keeper goes on if it has a VM, and ends else. */
  @Override
  public synchronized void close() {
    keeper.close();
    door.release();
    servers.release();
  }

  /** Waits until a keeper that has no VM has ended, and the door is gone. */
  static void awaitEnd(Path path) {
    long end = System.nanoTime() + KeeperWire.PATIENCE.toNanos();
    while (Files.exists(Keeper.ofServers(path)) && end - System.nanoTime() > 0) {
      LockSupport.parkNanos(PAUSE.toNanos() / 10);
    }
  }
}

package dev.cairn.tools.uffd;

import dev.cairn.tools.linux.HeldDescriptor;
import dev.cairn.tools.linux.PollSet;
import dev.cairn.tools.linux.UnixListener;
import dev.cairn.tools.linux.UnixSocket;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Owns the door and all VMs' sockets and records while servers come and go. It reads nothing of
 * what clients send, and ends when it has no VM and no server. Belongs to one thread.
 */
final class Keeper {
  /** Clients at once; more are turned away. */
  static final int MOST_CLIENTS = 256;

  /** Of the name at which servers connect. */
  static final String SUFFIX = ".keeper";

  /** A VM. The record comes when the server has made one. */
  private static final class Entry {
    private final UnixSocket client;
    private @Nullable HeldDescriptor record;

    Entry(UnixSocket client) {
      this.client = client;
    }

    void close() {
      client.close();
      if (record != null) {
        record.close();
      }
    }
  }

  private final UnixListener door;
  private final UnixListener servers;
  private final Map<Long, Entry> entries = new TreeMap<>();
  private final int user;
  private @Nullable UnixSocket server;
  private long nextId = 1;

  private Keeper(UnixListener door, UnixListener servers, int user) {
    this.door = door;
    this.servers = servers;
    this.user = user;
  }

  /**
   * Takes over all that a server has.
   *
   * @param server connected; owned from now on
   * @param path of the door
   */
  static Keeper of(UnixSocket server, Path path) throws IOException {
    KeeperWire.Frame all = KeeperWire.expect(server, KeeperWire.DOOR).require(2, 2);
    Keeper keeper =
        new Keeper(
            UnixListener.adopt(all.descriptors().getFirst(), path),
            UnixListener.adopt(all.descriptors().getLast(), ofServers(path)),
            server.peerUser());
    for (int i = 0; i < all.value(); i++) {
      keeper.given(KeeperWire.expect(server, KeeperWire.GIVE).require(1, 2));
    }
    keeper.server = server;
    KeeperWire.send(server, KeeperWire.READY, 0, 0);
    return keeper;
  }

  /** Returns where servers connect. */
  static Path ofServers(Path door) {
    return door.resolveSibling(door.getFileName() + SUFFIX);
  }

  private void given(KeeperWire.Frame frame) {
    Entry entry = new Entry(UnixSocket.adopt(frame.descriptors().getFirst(), "a client"));
    if (frame.descriptors().size() > 1) {
      entry.record = new HeldDescriptor(frame.descriptors().getLast(), "a record");
    }
    entries.put(frame.id(), entry);
    nextId = Math.max(nextId, frame.id() + 1);
  }

  /** Holds all until there is nothing to hold for anybody. */
  void run() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      PollSet poll = new PollSet(arena, MOST_CLIENTS + 3);
      while (server != null || !entries.isEmpty()) {
        step(poll);
      }
    }
    // The names first: who connects to a socket that is about to close finds out, and looks anew.
    // A keeper that fails leaves them: its server has the sockets, and gives them to another.
    Files.deleteIfExists(servers.path());
    Files.deleteIfExists(door.path());
    servers.release();
    door.release();
  }

  private void step(PollSet poll) throws IOException {
    UnixSocket serving = server;
    poll.clear();
    int clients = poll.addInput(door.number());
    int others = poll.addInput(servers.number());
    List<Long> watched = new ArrayList<>();
    for (Map.Entry<Long, Entry> each : entries.entrySet()) {
      poll.addEnd(each.getValue().client.number());
      watched.add(each.getKey());
    }
    int heard = serving == null ? -1 : poll.addInput(serving.number());
    poll.await(-1);
    if (serving != null && poll.isReady(heard)) {
      hear(serving);
    }
    for (int i = 0; i < watched.size(); i++) {
      if (poll.isReady(others + 1 + i)) {
        drop(watched.get(i));
      }
    }
    if (poll.isReady(clients)) {
      client();
    }
    if (poll.isReady(others)) {
      anotherServer();
    }
  }

  private void hear(UnixSocket from) throws IOException {
    KeeperWire.Frame frame = null;
    try {
      frame = KeeperWire.receive(from).orElse(null);
    } catch (SocketTimeoutException e) {
      throw e; // half a frame from a server that lives: let it start another keeper
    } catch (IOException e) {
      // reset: as an end
    }
    if (frame == null) {
      from.close();
      server = null;
      return;
    }
    switch (frame.kind()) {
      case KeeperWire.KEEP -> {
        frame.require(1, 1);
        Entry entry = entries.get(frame.id());
        HeldDescriptor record = new HeldDescriptor(frame.descriptors().getFirst(), "a record");
        if (entry == null || entry.record != null) {
          record.close();
        } else {
          entry.record = record;
        }
        say(KeeperWire.KEPT, 0, frame.id());
      }
      case KeeperWire.DROP -> drop(frame.id());
      default -> {
        frame.close();
        throw new IOException("keeper's wire: frame " + frame.kind());
      }
    }
  }

  private void drop(long id) {
    Entry entry = entries.remove(id);
    if (entry != null) {
      entry.close();
    }
  }

  private void client() throws IOException {
    UnixSocket client;
    try {
      client = door.accept(Duration.ZERO);
    } catch (SocketTimeoutException e) {
      return; // it is gone again
    }
    if (entries.size() >= MOST_CLIENTS) {
      client.close();
      return;
    }
    long id = nextId++;
    entries.put(id, new Entry(client));
    say(KeeperWire.GIVE, 0, id, client.number());
  }

  private void anotherServer() throws IOException {
    UnixSocket other;
    try {
      other = servers.accept(Duration.ZERO);
    } catch (SocketTimeoutException e) {
      return;
    }
    UnixSocket serving = server;
    if (other.peerUser() != user) {
      other.close();
    } else if (serving != null) {
      try (other) {
        KeeperWire.send(other, KeeperWire.BUSY, (int) serving.peerPid(), 0);
      } catch (IOException e) {
        // it did not wait for the answer
      }
    } else {
      server = other;
      say(KeeperWire.DOOR, entries.size(), 0, door.number(), servers.number());
      for (Map.Entry<Long, Entry> each : entries.entrySet()) {
        Entry entry = each.getValue();
        if (entry.record == null) {
          say(KeeperWire.GIVE, 0, each.getKey(), entry.client.number());
        } else {
          say(KeeperWire.GIVE, 0, each.getKey(), entry.client.number(), entry.record.number());
        }
      }
    }
  }

  /** Says something to the server, if there is one; its end is seen at the next look. */
  private void say(int kind, int value, long id, int... descriptors) throws IOException {
    if (server != null) {
      try {
        KeeperWire.send(server, kind, value, id, descriptors);
      } catch (SocketTimeoutException e) {
        throw e;
      } catch (IOException e) {
        // It is gone; what it was to get is in the entries.
      }
    }
  }
}

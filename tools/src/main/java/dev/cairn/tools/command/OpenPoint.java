package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Incoming;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.IncomingState;
import dev.cairn.store.Id;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.StoreException;
import dev.cairn.store.file.Point;
import dev.cairn.tools.linux.HostLinks;
import dev.cairn.tools.memory.IncompleteException;
import dev.cairn.tools.memory.LocalPoint;
import dev.cairn.tools.memory.PulledPoint;
import dev.cairn.tools.memory.ReadablePoint;
import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.read.ReadSettings;
import dev.cairn.transport.read.RemotePoint;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Versions;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A restore point that a command reads: in the store, or on its way into it, and then asked of the
 * process that pulls it, which listens at {@code run/CHAIN.sock}. Owns all that is open for it. Not
 * thread-safe, but for what it reads.
 */
final class OpenPoint implements Closeable {
  /** Links for what nobody waits for: the socket is of this machine. */
  private static final int STREAMS = 2;

  private static final String LATEST = "latest";

  private final RootCommand root;
  private final PointName name;

  /** What is open, the last one first. */
  private final Deque<Closeable> open = new ArrayDeque<>(); // guarded by itself

  private final Store store;
  private final Chain chain;
  private final ChainSnapshot snapshot;
  private @Nullable ReadablePoint point;
  private boolean coming;
  private Consumer<Chain> whenHere = _ -> {}; // guarded by open
  private @Nullable Chain here; // guarded by open

  private OpenPoint(RootCommand root, PointName name) throws IOException {
    this.root = root;
    this.name = name;
    boolean done = false;
    try {
      store = owned(root.openStore());
      chain = owned(store.open(name.chain()));
      snapshot = owned(chain.snapshot());
      done = true;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  /**
   * Opens a point. If it is not in the store it is read from the pull that brings it.
   *
   * @param patience how long it is waited for while nobody pulls; none: without end
   * @throws NoSuchPointException if it is neither here nor coming
   * @throws IncompleteException if it is to come, and nobody pulls it just now
   */
  static OpenPoint open(RootCommand root, PointName name, Optional<Duration> patience)
      throws IOException {
    OpenPoint made = new OpenPoint(root, name);
    boolean done = false;
    try {
      made.point = made.owned(made.find(patience));
      done = true;
      return made;
    } finally {
      if (!done) {
        made.close();
      }
    }
  }

  private <T extends Closeable> T owned(T opened) {
    synchronized (open) {
      open.push(opened);
    }
    return opened;
  }

  private ReadablePoint find(Optional<Duration> patience) throws IOException {
    long n;
    try {
      n = name.find(snapshot).checkpoint();
    } catch (NoSuchPointException e) {
      return ofPull(patience, e);
    }
    if (name.which().equals(LATEST)) {
      Optional<IncomingState.Coming> next = newer(n);
      if (next.isPresent()) {
        Optional<ReadablePoint> found = askForNewest(next.get(), patience);
        if (found.isPresent()) {
          return found.get();
        }
        root.console()
            .warn(
                "%s@%d is to come, and nobody pulls it just now: this is %s@%d"
                    .formatted(name.chain(), next.get().point(), name.chain(), n));
      }
    }
    return new LocalPoint(snapshot.view(n));
  }

  /**
   * What comes may be damaged, or not to be read by this Cairn: that harms nothing that is here.
   */
  private Optional<IncomingState> incoming() throws IOException {
    try {
      return Incoming.look(chain);
    } catch (StoreException e) {
      root.console().warn(String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /** An owner that brings another point by now is as none. */
  private Optional<ReadablePoint> askForNewest(
      IncomingState.Coming next, Optional<Duration> patience) throws IOException {
    try {
      return ask(next, again(incoming()), patience);
    } catch (FailureException e) {
      if (e.code() == ErrorCode.NO_SUCH) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private Optional<IncomingState.Coming> newer(long newest) throws IOException {
    return incoming().flatMap(IncomingState::coming).filter(next -> next.point() > newest);
  }

  private ReadablePoint ofPull(Optional<Duration> patience, NoSuchPointException absent)
      throws IOException {
    Optional<IncomingState> state = incoming();
    if (state.isEmpty()) {
      throw absent;
    }
    Optional<IncomingState.Coming> next = state.get().coming();
    boolean number = name.which().matches("[0-9]{1,18}");
    if (number && next.isPresent() && Long.parseLong(name.which()) != next.get().point()) {
      throw absent;
    }
    if (next.isPresent()) {
      try {
        Optional<ReadablePoint> found = ask(next.get(), again(state), patience);
        if (found.isPresent()) {
          return found.get();
        }
      } catch (FailureException e) {
        if (e.code() == ErrorCode.NO_SUCH) {
          throw absent;
        }
        throw e;
      }
    }
    throw new IncompleteException(
        "%s@%s is not here yet, and nobody pulls it just now; to go on: %s"
            .formatted(name.chain(), name.which(), again(state)));
  }

  /** Returns the command that goes on with what is coming. */
  private String again(Optional<IncomingState> state) {
    String from =
        state.stream()
            .flatMap(each -> each.sources().stream())
            .map(source -> " --from " + source.uri())
            .collect(Collectors.joining());
    String number =
        state
            .flatMap(IncomingState::coming)
            .map(next -> Long.toString(next.point()))
            .orElse(name.which());
    return "cairn pull " + name.chain() + "@" + number + from + " --postcopy";
  }

  /** Asks the owner of the pull; empty if there is none. */
  private Optional<ReadablePoint> ask(
      IncomingState.Coming next, String again, Optional<Duration> patience) throws IOException {
    Endpoint.Unix socket = ComingSocket.of(root.storePath(), name.chain());
    boolean latest = name.which().equals(LATEST);
    RemotePoint.Wanted wanted =
        new RemotePoint.Wanted(
            name.chain(), latest, latest ? next.checkpoint().toString() : name.which());
    Console console = root.console();
    PulledPoint.Around around =
        new PulledPoint.Around(
            this::find, text -> console.note("%s", text), console::warn, again, patience);
    ScheduledExecutorService timer = owned(new OwnTimer()).timer;
    try {
      ReadablePoint found = PulledPoint.open(socket, wanted, settings(timer), around);
      console.note("reading %s from the pull that is under way", found);
      coming = true;
      return Optional.of(found);
    } catch (StoreException e) {
      throw e;
    } catch (IOException e) {
      boolean isEnding = e instanceof FailureException told && told.code() == ErrorCode.FAILED;
      if (e instanceof FailureException && !isEnding) {
        throw e;
      }
      console.debug(socket + ": " + e.getMessage());
      return Optional.empty(); // nobody is there, or is about to go
    }
  }

  private static ReadSettings settings(ScheduledExecutorService timer) {
    return ReadSettings.standard(
        HostLinks.standard(timer, LinkEvents.NONE),
        new ClientSettings(
            Abilities.standard(STREAMS, LinkOptions.SOFTWARE), Versions.known(), Optional.empty()));
  }

  /** A timer that ends without a wait. */
  private static final class OwnTimer implements Closeable {
    private final ScheduledExecutorService timer = Timers.daemon();

    @Override
    public void close() {
      timer.shutdownNow();
    }
  }

  /** Finds the point in the store, where it may have come to be; by a thread of its reader. */
  private Optional<ReadablePoint> find(Id id) throws IOException {
    Chain now;
    try {
      now = store.open(name.chain());
    } catch (NoSuchPointException e) {
      return Optional.empty();
    }
    boolean done = false;
    ChainSnapshot files = null;
    try {
      files = now.snapshot();
      for (Point each : files.points().values()) {
        if (each.id().equals(id)) {
          done = true;
          return Optional.of(found(now, files, each.checkpoint()));
        }
      }
      return Optional.empty();
    } finally {
      if (!done) {
        if (files != null) {
          files.close();
        }
        now.close();
      }
    }
  }

  private ReadablePoint found(Chain now, ChainSnapshot files, long n) throws IOException {
    Consumer<Chain> told;
    synchronized (open) {
      here = now;
      told = whenHere;
    }
    told.accept(now);
    return new LocalPoint(
        files.view(n),
        () -> {
          try (now) {
            files.close();
          }
        });
  }

  /** Has something done with its chain as soon as the point is in the store: now, or later. */
  void whenHere(Consumer<Chain> then) {
    Chain now;
    synchronized (open) {
      now = coming ? here : chain;
      whenHere = then;
    }
    if (now != null) {
      then.accept(now);
    }
  }

  ReadablePoint point() {
    ReadablePoint found = point;
    if (found == null) {
      throw new IllegalStateException("not found yet");
    }
    return found;
  }

  /** Tells whether it was not in the store when it was opened. */
  boolean isComing() {
    return coming;
  }

  /** Returns its name with its number. */
  String text() {
    return name.chain() + "@" + point().checkpoint();
  }

  /** Returns its chain as it was when it was opened. */
  ChainSnapshot snapshot() {
    return snapshot;
  }

  Chain chain() {
    return chain;
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    while (true) {
      Closeable next;
      synchronized (open) {
        next = open.poll();
      }
      if (next == null) {
        break;
      }
      try {
        next.close();
      } catch (IOException e) {
        failure = failure == null ? e : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}

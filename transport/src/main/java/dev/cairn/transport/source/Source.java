package dev.cairn.transport.source;

import dev.cairn.chain.Store;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.StoreException;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.pages.PageWorkers;
import dev.cairn.transport.peer.Peer;
import dev.cairn.transport.peer.Rights;
import dev.cairn.transport.wire.Message;
import java.io.Closeable;
import java.io.IOException;
import java.util.Map;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** The chains of one store, as receivers on other hosts get them. Thread-safe. */
public final class Source implements Closeable {
  private final SourceSettings settings;
  private final SharedChains chains;
  private final Holds holds;
  private final HoldKeeper keeper;
  private final Windows windows = new Windows(LockableMemory.most());
  private final Accounts accounts;
  private final SourceCounters counters = new SourceCounters();
  private final Buffers buffers = new Buffers();
  private final ExecutorService beside;
  private final PageWorkers workers = new PageWorkers();

  /** Sessions, and by what their clients are known. */
  private final Map<SourceSession, String> sessions = new ConcurrentHashMap<>();

  private final long started;

  /** Makes one over a store, which is the caller's and outlives it. */
  public Source(Store store, SourceSettings settings) {
    this.settings = settings;
    this.beside = Executors.newThreadPerTaskExecutor(settings.threads());
    this.chains = new SharedChains(store, settings.timing()::nanoTime);
    this.holds = new Holds(chains);
    this.keeper = new HoldKeeper(chains, settings, counters);
    this.accounts = new Accounts(settings, windows);
    this.started = settings.timing().nanoTime();
  }

  /** Serves a receiver that has come to a server. */
  public SourceSession serve(Peer peer, Rights rights) {
    return open(new Scope.Client(peer, rights), peer.key(), _ -> {});
  }

  /**
   * Serves the receiver of an offer.
   *
   * @param progress is told by a thread of the link how far it is; must not wait
   */
  public SourceSession serve(Offer offer, Consumer<Message.Progress> progress) {
    return open(new Scope.Offered(offer), ownerOfSend(offer.uri()), progress);
  }

  private SourceSession open(Scope scope, String client, Consumer<Message.Progress> progress) {
    SourceSession session = new SourceSession(this, scope, accounts.open(client), progress);
    sessions.put(session, client);
    return session;
  }

  void ended(SourceSession session) {
    String client = sessions.remove(session);
    if (client != null) {
      session.holds().all().forEach(this::used);
      accounts.close(client);
    }
  }

  /** Returns the OWNER of the holds of a send. */
  public static String ownerOfSend(String uri) {
    return "send " + uri;
  }

  /** Takes a hold, if the client may have one more just now. */
  Holds.Taken take(SourceSession session, Message.Open open, SortedSet<Integer> pageSizes)
      throws IOException {
    session.account().open();
    Holds.Taken taken;
    session.account().taking().lock();
    try {
      taken = holds.take(session.scope(), open, pageSizes);
    } finally {
      session.account().taking().unlock();
    }
    counters.holdsTaken.increment();
    used(taken.hold());
    settings
        .log()
        .event(
            "%s@%d is held: '%s', %s"
                .formatted(
                    taken.hold().chain(),
                    taken.point().checkpoint(),
                    session.scope().owner(),
                    open.token()));
    return taken;
  }

  void used(ServedHold hold) {
    keeper.used(hold.chain(), hold.hold().token());
  }

  /**
   * Writes down which holds are used, and lets those go that nobody used for the time that holds
   * have; not in the first hour, in which clients come back. To be called once an hour, by one
   * thread at a time; waits for the disk.
   */
  public void keepHolds() throws IOException {
    long age = settings.timing().nanoTime() - started;
    keepHolds(age >= HoldKeeper.PERIOD.toNanos());
  }

  /** As {@link #keepHolds()}, at the start of one who serves a single receiver. */
  public void expireHolds() throws IOException {
    keepHolds(true);
  }

  private void keepHolds(boolean expires) throws IOException {
    for (SourceSession session : sessions.keySet()) {
      session.holds().all().forEach(this::used);
    }
    keeper.run(expires);
  }

  /**
   * Lets the holds go that a send to a receiver has on a point.
   *
   * @return how many there were
   */
  public int releaseOffer(Offer offer) throws IOException {
    return holds.releaseAll(offer.chain(), ownerOfSend(offer.uri()), offer.point());
  }

  /** Changes the rate of all in all, bytes a second; 0: no limit. */
  public void setRate(long bytesPerSecond) {
    accounts.all().setRate(bytesPerSecond);
  }

  /** Returns the rate of all in all, bytes a second; 0: no limit. */
  public long rate() {
    return accounts.all().rate();
  }

  /** Changes the rate of each client, bytes a second; 0: no limit. */
  public void setRateOfClient(long bytesPerSecond) {
    accounts.setRateOfClient(bytesPerSecond);
  }

  public SourceCounters counters() {
    return counters;
  }

  /** Returns how many receivers there are now. */
  public int sessions() {
    return sessions.size();
  }

  SourceSettings settings() {
    return settings;
  }

  Holds holds() {
    return holds;
  }

  Buffers buffers() {
    return buffers;
  }

  Windows windows() {
    return windows;
  }

  PageWorkers workers() {
    return workers;
  }

  /** Takes note of a request that is not done. */
  void failed(Exception failure) {
    if (failure instanceof LinkLostException) {
      return;
    }
    counters.refusals.increment();
    if (failure instanceof CorruptFileException || !(failure instanceof IOException)) {
      settings.log().event("a receiver could not be served: " + failure);
    } else if (!(failure instanceof FailureException) && !(failure instanceof StoreException)) {
      settings.log().event("a receiver could not be served: " + failure.getMessage());
    }
  }

  /** Returns what does what takes long: each by a thread of its own. */
  ExecutorService beside() {
    return beside;
  }

  /** Ends what it keeps for answers; the links were closed before. Waits for commits under way. */
  @Override
  public void close() {
    sessions.keySet().forEach(SourceSession::ended);
    beside.close();
    buffers.close();
    workers.close();
  }
}

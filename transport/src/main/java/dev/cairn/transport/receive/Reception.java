package dev.cairn.transport.receive;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Incoming;
import dev.cairn.chain.IncomingFile;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.IncomingState;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.BadInputException;
import dev.cairn.store.BusyException;
import dev.cairn.store.Id;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Owns one chain that is being received: from the first question to the commit, whatever sessions
 * with sources come and go meanwhile. It is a little longer than others, as it is that one story.
 * {@link #begin} and {@link #finish} are for one thread; {@link #fetch} for any.
 */
final class Reception implements Closeable {
  private final Wanted wanted;
  private final ReceiveSettings settings;
  private final ReceiveListener listener;
  private final Chain chain;
  private final Incoming incoming;
  private final Message.Seen seen;
  private final Optional<PageDesk> desk;
  private final Holding holding;
  private final List<Fetcher> fetchers = new ArrayList<>();
  private volatile @Nullable FetchPlan plan;
  private volatile @Nullable Fetcher fetcher;
  private volatile @Nullable FailureException lack;
  private long hereBefore;
  private boolean refused;

  private Reception(
      Wanted wanted,
      ReceiveSettings settings,
      ReceiveListener listener,
      Chain chain,
      Incoming incoming,
      Message.Seen seen,
      Optional<PageDesk> desk) {
    this.desk = desk;
    this.wanted = wanted;
    this.settings = settings;
    this.listener = listener;
    this.chain = chain;
    this.incoming = incoming;
    this.seen = seen;
    this.holding = new Holding(wanted, incoming, seen, settings.random());
  }

  /**
   * Asks a source what is wanted, and takes a hold there, if it is not here already.
   *
   * @param desk gives it to others while it is coming; closed by this
   * @param source its URI, one of those of {@code wanted}
   * @throws BusyException if what is here is no older state of it, or another process is at it
   * @throws FailureException if the source says no
   */
  static Reception begin(
      Store store,
      Wanted wanted,
      ReceiveSettings settings,
      ReceiveListener listener,
      Optional<PageDesk> desk,
      ControlLink control,
      String source)
      throws IOException {
    Message.Seen seen = control.look(wanted.byId(), wanted.chain(), wanted.point());
    boolean isNew = !store.chainNames().contains(wanted.name());
    Chain chain = openOrCreate(store, wanted.name(), seen);
    boolean done = false;
    try {
      Incoming incoming = Incoming.open(chain);
      try {
        Reception reception =
            new Reception(wanted, settings, listener, chain, incoming, seen, desk);
        listener.coming(wanted.name(), seen.point(), seen.checkpoint());
        if (!reception.isHere()) {
          reception.ask(control, source);
        }
        done = true;
        return reception;
      } finally {
        if (!done) {
          incoming.close();
        }
      }
    } catch (IOException e) {
      chain.close();
      done = true;
      if (isNew && Pull.isFinal(e)) { // else its hold may be there, and its token is here
        takeBack(store, wanted.name(), e);
      }
      throw e;
    } finally {
      if (!done) {
        chain.close();
      }
    }
  }

  /** A chain that was made for what a source said, and got nothing of it, takes nobody's name. */
  static void takeBack(Store store, String name, IOException why) {
    try {
      if (store.chainNames().contains(name)) {
        Id id;
        try (Chain chain = store.open(name)) {
          id = chain.manifest().identity().chain();
          Incoming.abandon(chain);
        }
        store.removeUnused(name, id);
      }
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  private static Chain openOrCreate(Store store, String name, Message.Seen seen)
      throws IOException {
    if (!store.chainNames().contains(name)) {
      return store.create(name, seen.chain(), seen.pageSize());
    }
    Chain chain = store.open(name);
    Id own = chain.manifest().identity().chain();
    if (!own.equals(seen.chain())) {
      chain.close();
      throw new BusyException(
          "another chain named "
              + name
              + " is here: its id is "
              + own
              + ", expected "
              + seen.chain()
              + "; take another name: --as");
    }
    return chain;
  }

  /** Tells whether the point is one of the chain's already. */
  boolean isHere() throws IOException {
    for (ChainSnapshot.RestorePoint own : chain.restorePoints()) {
      if (own.checkpoint() == seen.point()) {
        return own.point().id().equals(seen.checkpoint());
      }
    }
    return false;
  }

  private void ask(ControlLink control, String source) throws IOException {
    holding.begin(control, source, chain.manifest().tip());
    hereBefore = plan().certifiedBytes();
  }

  private FetchPlan plan() {
    FetchPlan made = new FetchPlan(incoming.files());
    Fetcher fetches = new Fetcher(made, this::here, settings.streams(), settings.pace());
    fetchers.add(fetches);
    plan = made;
    fetcher = fetches;
    return made;
  }

  /** Returns who deals with what the sources hold. */
  Holding holding() {
    return holding;
  }

  /** Fetches over a link until it is lost or all is here. */
  void fetch(Link link, Fetcher.Reach reach) throws InterruptedException {
    Fetcher to = fetcher;
    if (to != null) {
      to.run(link, reach);
    }
  }

  /** Ends it: {@link #finish} fails by this. */
  void fail(IOException why) {
    FetchPlan of = plan;
    if (of != null) {
      of.fail(why);
    }
  }

  /**
   * Waits until all is here, and makes it the chain's.
   *
   * @param sessions the sources by name
   * @throws BusyException if what is here is no older state of it
   */
  Received finish(Sessions sessions) throws IOException {
    int files = 0;
    long fetched = 0;
    try {
      if (plan != null) {
        FetchPlan of = receiveAll(sessions);
        files = incoming.commit(settings.mirror());
        fetched = of.certifiedBytes() - hereBefore;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted; the same command goes on");
    } catch (IOException e) {
      desk.ifPresent(to -> to.fail(e));
      throw e;
    } finally {
      endPlan();
    }
    return new Received(
        wanted.name(), seen.point(), seen.checkpoint(), plan == null, files, fetched);
  }

  /** The sources of a reception, as far as it must deal with them itself. */
  interface Sessions {
    /** There is one source, and another state of it is not asked for. */
    Sessions ONE =
        new Sessions() {
          @Override
          public ControlLink control(String source) throws IOException {
            throw new IOException(source + ": not asked anything more");
          }

          @Override
          public void beginAnew() {}
        };

    /** Returns the way to ask a source. */
    ControlLink control(String source) throws IOException;

    /** Ends all links, and opens them again: for another plan. */
    void beginAnew();
  }

  private void endPlan() {
    FetchPlan of = plan;
    if (of != null) {
      of.end();
    }
  }

  private FetchPlan receiveAll(Sessions sessions) throws IOException, InterruptedException {
    while (true) {
      FetchPlan of = Objects.requireNonNull(plan, "it is asked");
      try {
        receive(of);
        return of;
      } catch (OtherStateException e) {
        change(sessions, e.source());
      }
    }
  }

  /** Files and parts stay where they are, whichever state names them. */
  private void change(Sessions sessions, String source) throws IOException {
    listener.changed(source);
    IncomingState.Coming other = holding.state(sessions.control(source), source);
    if (!isDependedOn() && isSameState(other)) {
      FailureException why = lack;
      throw FailureException.of(
          why == null ? ErrorCode.FAILED : why.code(),
          "no source has any more what is to come" + (why == null ? "" : ": " + why.getMessage()));
    }
    endPlan();
    incoming.accept(other, chain.manifest().tip());
    FetchPlan of = plan();
    hereBefore = Math.min(hereBefore, of.certifiedBytes());
    holding.accepted(source);
    sessions.beginAnew();
  }

  private boolean isSameState(IncomingState.Coming other) {
    Manifest now =
        incoming.state().flatMap(IncomingState::coming).map(c -> c.manifest()).orElseThrow();
    return now.files().equals(other.manifest().files());
  }

  /** A source does not give a file that it had. */
  void lacking(String source, long file, FailureException why) {
    lack = why;
    listener.lacking(source, fileName(file), why);
  }

  private void here(Piece piece) throws IOException {
    if (desk.isPresent()) {
      desk.get().here(piece);
    }
  }

  private void receive(FetchPlan of) throws IOException, InterruptedException {
    of.awaitMetadata();
    try {
      incoming.check(settings.mirror());
      requireRoom(of.wantedBytes() - of.certifiedBytes());
    } catch (BusyException e) {
      of.end();
      refused = true;
      throw e;
    }
    if (desk.isPresent()) {
      desk.get().begin(incoming, seen.point(), of);
      listener.ready(wanted.name(), seen.point());
    } else {
      of.startBlocks();
    }
    Optional<IncomingFile> file = of.awaitFile();
    while (file.isPresent()) {
      file.get().seal();
      file = of.awaitFile();
    }
  }

  /** Tells whether something is to come that none of the sources has that answer. */
  boolean isStuck(LongPredicate serves) {
    FetchPlan of = plan;
    return of != null && of.isStuck(serves);
  }

  /** Tells whether it failed before a block was asked for: then all of it is to be taken back. */
  boolean wasRefused() {
    return refused;
  }

  private void requireRoom(long bytes) throws IOException {
    long room = chain.directory().usableBytes() - settings.reserveBytes();
    if (bytes > room) {
      throw new BadInputException(
          chain.directory().path()
              + ": expected room for "
              + bytes
              + " bytes that come, found "
              + Math.max(0, room)
              + ", less what is reserved; make room, and type the same command again");
    }
  }

  /** Returns how far it is. */
  Message.Progress progress() {
    FetchPlan of = plan;
    if (of == null) {
      return new Message.Progress(0, 0);
    }
    long certified = of.certifiedBytes();
    return new Message.Progress(certified, Math.max(certified, of.wantedBytes()));
  }

  /** Tells how far it is. */
  void tell() {
    if (plan != null) {
      Message.Progress progress = progress();
      listener.progress(progress.certified(), progress.all());
    }
  }

  private String fileName(long id) {
    return incoming.files().stream()
        .map(file -> file.entry().name())
        .filter(name -> name.fileId() == id)
        .map(Object::toString)
        .findFirst()
        .orElse("a file");
  }

  /** A source holds the point, and can be asked for pages. */
  void running(String source, Supplier<Optional<Link>> urgent) {
    desk.ifPresent(to -> to.running(source, wanted.sources().indexOf(source), urgent));
  }

  /** A source is lost. */
  void lost(String source) {
    desk.ifPresent(to -> to.lost(source));
  }

  /** Tells whether somebody may depend on it: then it waits for sources without end. */
  boolean isDependedOn() {
    return desk.isPresent() && desk.get().isOpen();
  }

  /** Waits until nobody on this host reads it any more. */
  void awaitReaders() throws IOException {
    if (desk.isPresent()) {
      desk.get().awaitNobody();
    }
  }

  /** Returns the chain's name at the source. */
  String sourceChain() {
    return wanted.chain();
  }

  /** Returns the token of the hold at a source, to release it. */
  Optional<String> hold(String source) {
    return isOwn() ? incoming.state().flatMap(state -> state.token(source)) : Optional.empty();
  }

  /** Tells whether what was written down is for this point, and not for one that comes later. */
  private boolean isOwn() {
    return incoming.state().flatMap(IncomingState::coming).map(holding::isSame).orElse(true);
  }

  /** Takes away what only the way here needed. */
  void clear() throws IOException {
    if (isOwn() || incoming.isDone()) {
      incoming.clear();
    }
  }

  /** To be closed when nobody fetches any more. */
  @Override
  public void close() throws IOException {
    FetchPlan of = plan;
    if (of != null) {
      of.end();
    }
    try (chain;
        incoming) {
      if (desk.isPresent()) {
        desk.get().close();
      }
      fetchers.forEach(Fetcher::close);
    }
  }
}

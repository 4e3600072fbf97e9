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
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Owns one chain that is being received: from the first question to the commit, whatever sessions
 * with sources come and go meanwhile. {@link #begin} and {@link #finish} are for one thread; {@link
 * #fetch} for any.
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
  private volatile @Nullable FetchPlan plan;
  private volatile @Nullable Fetcher fetcher;
  private volatile @Nullable FailureException lack;
  private long hereBefore;
  private boolean refused;

  private Reception(Around around, Chain chain, Incoming incoming, Message.Seen seen) {
    this.wanted = around.wanted;
    this.settings = around.settings;
    this.listener = around.listener;
    this.desk = around.desk;
    this.chain = chain;
    this.incoming = incoming;
    this.seen = seen;
    this.holding = new Holding(wanted, incoming, seen, settings.random());
  }

  /**
   * What one has around it. Immutable.
   *
   * @param desk gives what comes to others meanwhile; closed by the reception
   */
  record Around(
      Store store,
      Wanted wanted,
      ReceiveSettings settings,
      ReceiveListener listener,
      Optional<PageDesk> desk) {}

  /**
   * Asks a source what is wanted, and takes a hold there, if it is not here already. A chain that
   * was made for that, of which nothing will come, goes with the failure.
   *
   * @param source its URI, one of those that are wanted
   * @throws BusyException if what is here is no older state of it, or another process is at it
   * @throws FailureException if the source says no
   */
  static Reception begin(Around around, ControlLink control, String source) throws IOException {
    String name = around.wanted.name();
    boolean isNew = !around.store.chainNames().contains(name);
    try {
      return open(around, control, source);
    } catch (IOException e) {
      // Else its hold may be there, and its token is here.
      if (isNew && Pull.isFinal(e)) {
        ChainHere.takeBack(around.store, name, e);
      }
      throw e;
    }
  }

  private static Reception open(Around around, ControlLink control, String source)
      throws IOException {
    Wanted wanted = around.wanted;
    Message.Seen seen = control.look(wanted.byId(), wanted.chain(), wanted.point());
    Chain chain = ChainHere.openOrCreate(around.store, wanted.name(), seen);
    boolean done = false;
    try {
      Incoming incoming = Incoming.open(chain);
      try {
        Reception reception = new Reception(around, chain, incoming, seen);
        around.listener.coming(wanted.name(), seen.point(), seen.checkpoint());
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
    } finally {
      if (!done) {
        chain.close();
      }
    }
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
    fetcher = new Fetcher(this::here, settings.streams(), settings.pace());
    hereBefore = plan().certifiedBytes();
  }

  private FetchPlan plan() {
    FetchPlan made = new FetchPlan(incoming.files());
    plan = made;
    return made;
  }

  /** Returns who deals with what the sources hold. */
  Holding holding() {
    return holding;
  }

  /** Fetches over a link until it is lost or all is here. */
  void fetch(Link link, Fetcher.Reach reach) throws InterruptedException {
    Fetcher by = fetcher;
    FetchPlan of = plan;
    if (by != null && of != null) {
      by.run(of, link, reach);
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
   * @param links the sources by name
   * @throws BusyException if what is here is no older state of it
   */
  Received finish(SourceLinks links) throws IOException {
    int files = 0;
    long fetched = 0;
    try {
      if (plan != null) {
        FetchPlan of = receiveAll(links);
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

  private void endPlan() {
    FetchPlan of = plan;
    if (of != null) {
      of.end();
    }
  }

  private FetchPlan receiveAll(SourceLinks links) throws IOException, InterruptedException {
    while (true) {
      FetchPlan of = Objects.requireNonNull(plan, "it is asked");
      try {
        receive(of);
        return of;
      } catch (OtherStateException e) {
        change(links, e.sources());
      }
    }
  }

  /**
   * Has the first of some sources whose state is another one say what comes; files and parts stay
   * where they are, whichever state names them. If none has another one what is to come stays what
   * it is, as long as somebody depends on it.
   */
  private void change(SourceLinks links, List<String> sources) throws IOException {
    endPlan();
    boolean changed = false;
    for (int i = 0; i < sources.size() && !changed; i++) {
      changed = changeTo(links, sources.get(i));
    }
    if (!changed && !isDependedOn()) {
      FailureException why = lack;
      throw FailureException.of(
          why == null ? ErrorCode.FAILED : why.code(),
          "no source has any more what is to come" + (why == null ? "" : ": " + why.getMessage()));
    }
    hereBefore = Math.min(hereBefore, plan().certifiedBytes());
    links.beginAnew();
  }

  /** Tells whether the state of a source is another one, and so is to come now. */
  private boolean changeTo(SourceLinks links, String source) throws IOException {
    IncomingState.Coming other;
    try {
      other = holding.state(links.control(source), source);
    } catch (IOException e) {
      listener.lost(source, String.valueOf(e.getMessage())); // another one may do
      return false;
    }
    if (isSameState(other)) {
      return false;
    }
    incoming.accept(other, chain.manifest().tip());
    holding.accepted(source);
    listener.changed(source);
    return true;
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
    endPlan();
    try (chain;
        incoming) {
      if (desk.isPresent()) {
        desk.get().close();
      }
      Fetcher by = fetcher;
      if (by != null) {
        by.close();
      }
    }
  }
}

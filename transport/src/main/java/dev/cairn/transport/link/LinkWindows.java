package dev.cairn.transport.link;

import dev.cairn.store.BadInputException;
import dev.cairn.transport.rdma.RemoteMemory;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.Versions;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * The windows of one link, where both sides have any: those that this side reads, or those that its
 * peer does. Thread-safe.
 */
final class LinkWindows {
  /** The link as its windows need it. */
  interface Frames {
    void ask(Message.Window window, Answer answer) throws LinkLostException;

    void send(Message.WindowDone done) throws LinkLostException;

    /** FETCH, as if there were no windows. */
    void fetch(long file, long offset, MemorySegment into, Outcome outcome)
        throws LinkLostException;

    void lose(IOException why);

    void end(Message.Failure why);
  }

  /** Has something done later; it must not wait. */
  interface Timer {
    void later(Runnable task, Duration time);
  }

  private final Connection connection;
  private final String name;
  private final Optional<RemoteMemory> memory;
  private final Optional<WindowReader> reader;
  private final Optional<WindowOffers> offers;

  LinkWindows(Connection connection, FramedLink.Place place, Frames frames) {
    this.connection = connection;
    name = connection.name() + " (" + place.kind().text() + ")";
    memory =
        connection
            .carrier()
            .remoteMemory()
            .filter(_ -> place.kind() == LinkKind.DATA)
            .filter(_ -> place.agreement().features().contains(Abilities.WINDOWS));
    boolean asks =
        Versions.side(place.agreement().role(), place.isServer()) == Versions.Side.RECEIVER;
    reader = memory.filter(_ -> asks).map(of -> new WindowReader(of, frames, this::later));
    offers = memory.filter(_ -> !asks).map(of -> new WindowOffers(of, this::later, frames::end));
  }

  private void later(Runnable task, Duration time) {
    try {
      var _ = connection.settings().timer().schedule(task, time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException _) {
      // The timer has ended, and so do links.
    }
  }

  /** As {@link Link#stretch}. */
  int stretch() {
    return reader.isPresent() ? Message.MOST_WINDOW : 0;
  }

  /** As {@link Link#lend}. */
  void lend(MemorySegment lent) {
    if (reader.isPresent() && memory.isPresent()) {
      try {
        memory.get().lend(lent);
      } catch (IOException e) {
        connection.settings().events().failed(name, e); // and all goes by FETCH
      }
    }
  }

  /** As {@link Link#expect}. */
  void expect(long file, long offset, int length) throws LinkLostException {
    if (reader.isPresent()) {
      reader.get().expect(file, offset, length);
    }
  }

  /** As {@link WindowReader#read}; false where there is none. */
  boolean read(long file, long offset, MemorySegment into, Outcome outcome) {
    return reader.isPresent() && reader.get().read(file, offset, into, outcome);
  }

  /** As {@link WindowOffers#give}. */
  Message.WindowIs give(MemorySegment bytes, Runnable freed) throws IOException {
    return offers
        .orElseThrow(() -> new IllegalStateException(name + ": a window on a link without"))
        .give(bytes, freed);
  }

  /** A window that the peer wants is refused. */
  void refused() {
    offers.ifPresent(WindowOffers::refused);
  }

  /** The peer wants one. */
  void want() throws BadInputException {
    theirs().want();
  }

  /** The peer is done with one. */
  void done(int number) throws BadInputException {
    theirs().done(number);
  }

  private WindowOffers theirs() throws BadInputException {
    return offers.orElseThrow(
        () -> new BadInputException("expected no windows on a link that has none"));
  }
}

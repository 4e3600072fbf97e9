package dev.cairn.transport.receive;

import dev.cairn.chain.Incoming;
import dev.cairn.chain.manifest.IncomingState;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.BadInputException;
import dev.cairn.store.BusyException;
import dev.cairn.store.Id;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * Has the sources of one reception hold its point, by a token for each that is written down before
 * it is said, and compares what they answer. {@link #begin} is for one thread, the rest for any.
 */
final class Holding {
  private final Wanted wanted;
  private final Incoming incoming;
  private final Message.Seen seen;
  private final RandomGenerator random;

  /** Sources that did not know the hold any more. */
  private final Set<String> openedAnew = ConcurrentHashMap.newKeySet();

  /**
   * @param seen what the first source said that it is
   * @param random for tokens: must not be foreseen
   */
  Holding(Wanted wanted, Incoming incoming, Message.Seen seen, RandomGenerator random) {
    this.wanted = wanted;
    this.incoming = incoming;
    this.seen = seen;
    this.random = random;
  }

  /**
   * Has the first source hold the point, and writes down what it answers.
   *
   * @param tip of the chain here
   * @throws BusyException if what is here is no older state of it
   */
  void begin(ControlLink control, String source, Optional<Manifest.Tip> tip) throws IOException {
    if (tip.isPresent()) {
      requireThere(control, tip.get());
    }
    Optional<IncomingState.Coming> before =
        incoming.state().flatMap(IncomingState::coming).filter(this::isSame);
    boolean goesOn = before.isPresent() && incoming.state().orElseThrow().only() == wanted.only();
    incoming.ask(wanted.only(), sources(goesOn));
    if (!goesOn || !holds(control, token(source))) {
      IncomingState.Coming coming = openAnew(control, source);
      incoming.accept(coming, tip);
    }
  }

  /** What is here last must be a restore point there, by number and checkpoint id. */
  private void requireThere(ControlLink control, Manifest.Tip tip) throws IOException {
    String there;
    try {
      Message.Seen same = control.look(true, wanted.chain(), tip.id().toString());
      if (same.point() == tip.number() && same.chain().equals(seen.chain())) {
        if (tip.number() < seen.point()) {
          return;
        }
        throw new BusyException(
            "chain "
                + wanted.name()
                + " is here up to "
                + tip.number()
                + ", and has no restore point "
                + seen.point()
                + ": it was forgotten here; take another name: --as");
      }
      there = "point " + same.point();
    } catch (FailureException e) {
      if (e.code() != ErrorCode.NO_SUCH) {
        throw e;
      }
      there = "none of that id";
    }
    throw new BusyException(
        "chain "
            + wanted.name()
            + " here ends at "
            + tip.number()
            + ", checkpoint "
            + tip.id()
            + "; the source has "
            + there
            + ", and goes up to "
            + seen.point()
            + ", checkpoint "
            + seen.checkpoint()
            + ": it is no newer state of it; take another name: --as");
  }

  /** Tells whether a state to come is that of the point. */
  boolean isSame(IncomingState.Coming coming) {
    return coming.point() == seen.point() && coming.checkpoint().equals(seen.checkpoint());
  }

  /** A token is for one source, and for one state. */
  private List<IncomingState.Source> sources(boolean goesOn) {
    List<IncomingState.Source> sources = new ArrayList<>();
    for (String uri : wanted.sources()) {
      Optional<String> before =
          goesOn ? incoming.state().flatMap(state -> state.token(uri)) : Optional.empty();
      sources.add(new IncomingState.Source(before.orElseGet(this::newToken), uri));
    }
    return sources;
  }

  private String newToken() {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private String token(String source) {
    return incoming
        .state()
        .flatMap(state -> state.token(source))
        .orElseThrow(() -> new IllegalArgumentException(source + " is no source of this"));
  }

  private boolean holds(ControlLink control, String token) throws IOException {
    try {
      Message.Held held = control.hold(token, wanted.chain());
      return held.point() == seen.point() && held.checkpoint().equals(seen.checkpoint());
    } catch (FailureException e) {
      if (e.code() == ErrorCode.NO_SUCH) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Makes another source, or one that is there again, hold the same point.
   *
   * @return what of the state to come it has
   */
  Fetcher.Reach greet(ControlLink control, String source) throws IOException {
    if (holds(control, token(source))) {
      return Fetcher.Reach.everything();
    }
    IncomingState.Coming own = state(control, source);
    openedAnew.add(source);
    Set<Long> files =
        own.manifest().files().stream().map(f -> f.fileId()).collect(Collectors.toSet());
    return new Fetcher.Reach(files::contains);
  }

  /** Has a source hold the point anew, and returns its state. */
  IncomingState.Coming state(ControlLink control, String source) throws IOException {
    IncomingState.Coming own = openAnew(control, source);
    Id found = own.manifest().identity().chain();
    if (!found.equals(seen.chain())) {
      throw new BadInputException(source + ": expected chain " + seen.chain() + ", found " + found);
    }
    return own;
  }

  /** Tells whether no source has what was to come: then there is nothing to wait for. */
  boolean isForgotten() {
    return openedAnew.containsAll(wanted.sources());
  }

  private IncomingState.Coming openAnew(ControlLink control, String source) throws IOException {
    Message.Open open =
        new Message.Open(
            token(source), wanted.only(), true, wanted.chain(), seen.checkpoint().toString());
    IncomingState.Coming coming = control.open(open);
    if (!isSame(coming)) {
      throw new BadInputException(
          source + ": expected checkpoint " + seen.checkpoint() + ", found " + coming.checkpoint());
    }
    return coming;
  }

  /** The state of a source is the one to come. */
  void accepted(String source) {
    openedAnew.remove(source);
  }
}

package dev.cairn.transport.source;

import dev.cairn.store.Id;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.peer.Peer;
import dev.cairn.transport.peer.Right;
import dev.cairn.transport.peer.Rights;

/** What a receiver may ask for. Immutable. */
sealed interface Scope {
  /** A receiver that has come to a server. */
  record Client(Peer peer, Rights rights) implements Scope {
    @Override
    public String owner() {
      return "serve " + (peer.name().isEmpty() ? "-" : peer.name());
    }

    @Override
    public String chain(String text) throws FailureException {
      if (!maySee(text)) {
        throw Refusal.noChain(text);
      }
      return text;
    }

    @Override
    public boolean maySee(String chain) {
      return rights.may(peer, Right.PULL, chain);
    }

    @Override
    public boolean serves(Id checkpoint) {
      return true;
    }

    @Override
    public boolean releases() {
      return true;
    }
  }

  /** A receiver to which somebody has offered a point: it gets that and nothing else. */
  record Offered(Offer offer) implements Scope {
    @Override
    public String owner() {
      return Source.ownerOfSend(offer.uri());
    }

    @Override
    public String chain(String text) throws FailureException {
      if (!text.isEmpty()) {
        throw Refusal.noChain(text);
      }
      return offer.chain();
    }

    @Override
    public boolean maySee(String other) {
      return other.equals(offer.chain());
    }

    @Override
    public boolean serves(Id checkpoint) {
      return checkpoint.equals(offer.checkpoint());
    }

    @Override
    public boolean releases() {
      return false;
    }
  }

  /** Returns the OWNER of the receiver's holds. */
  String owner();

  /**
   * Returns the name of the chain here that a request means.
   *
   * @throws FailureException if there is none for this receiver
   */
  String chain(String text) throws FailureException;

  /** Tells whether the chain of that name here is there for this receiver, now. */
  boolean maySee(String chain);

  /** Tells whether a point may be asked for, if its chain may. */
  boolean serves(Id checkpoint);

  /** Tells whether the receiver itself lets its holds go. */
  boolean releases();
}

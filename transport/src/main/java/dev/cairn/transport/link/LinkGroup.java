package dev.cairn.transport.link;

import dev.cairn.transport.wire.Agreement;
import dev.cairn.transport.wire.Role;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The links of one session as the client sees them. Urgent and data links that are lost are opened
 * anew; when the control link is lost, all are. Thread-safe.
 */
public interface LinkGroup extends Closeable {
  /**
   * Connects, and shakes hands on the control link; the others follow, and are told of one by one.
   *
   * @throws dev.cairn.store.RefusedException if both do not fit, with both values
   * @throws FailureException if the server refuses for another reason
   * @throws IOException if it cannot be reached within {@link LinkSettings.Periods#handshake}
   */
  static LinkGroup open(
      Endpoint endpoint, Role role, LinkSettings links, ClientSettings settings, Events events)
      throws IOException {
    return ClientLinks.open(new ClientHandshake(endpoint, links, settings), role, events);
  }

  /** What a client is told of its links. Called by threads of the links; must not wait. */
  interface Events {
    /** A link is READY, for the first time or again; called before anything is read from it. */
    Requests ready(Link link);

    /** Control is lost, and the others with it: the last call. */
    void lost(LinkLostException why);
  }

  /** Returns what is spoken. */
  Agreement agreement();

  /** Returns the control link. */
  Link control();

  /** Returns the urgent link while there is one. */
  Optional<Link> urgent();

  /** Returns the data links that there are. */
  List<Link> data();

  /** Ends all links. Does not wait. */
  @Override
  void close();
}

package dev.cairn.transport.link;

import dev.cairn.transport.peer.Peer;
import dev.cairn.transport.wire.Agreement;
import dev.cairn.transport.wire.Hello;
import dev.cairn.transport.wire.Message;
import java.util.List;
import java.util.Optional;

/** One pull or send as the server sees it: its links, and whose they are. Thread-safe. */
public interface Session {
  Peer peer();

  /** Returns what the client said on the control link. */
  Hello hello();

  Agreement agreement();

  /** Returns the endpoint that it came in by, for messages. */
  String name();

  /** Returns the control link; nothing before it is READY. */
  Optional<Link> control();

  /** Returns the urgent link while there is one. */
  Optional<Link> urgent();

  /** Returns the data links that there are. */
  List<Link> data();

  /** Ends all links, and tells the peer why. Does not wait. */
  void end(Message.Failure why);
}

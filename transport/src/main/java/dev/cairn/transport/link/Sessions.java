package dev.cairn.transport.link;

import dev.cairn.transport.peer.Peer;
import dev.cairn.transport.wire.LinkKind;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/** The sessions of a server by their tokens. Thread-safe. */
final class Sessions {
  private static final int TOKEN_BYTES = 16;

  private final RandomGenerator random;
  private final Map<String, ServerSession> byToken = new ConcurrentHashMap<>();

  Sessions(RandomGenerator random) {
    this.random = random;
  }

  String enter(ServerSession session) {
    byte[] token = new byte[TOKEN_BYTES];
    random.nextBytes(token);
    String text = HexFormat.of().formatHex(token);
    byToken.put(text, session);
    return text;
  }

  void leave(String token) {
    byToken.remove(token);
  }

  /**
   * Returns the session that somebody joins: it is of the same peer, and has a control link.
   *
   * @throws FailureException if there is none; of another's session no more is told
   */
  ServerSession of(String token, Peer peer) throws FailureException {
    ServerSession session = byToken.get(token);
    if (session == null || !session.peer().key().equals(peer.key())) {
      throw ServerSession.noSuch();
    }
    return session;
  }

  List<ServerSession> all() {
    return List.copyOf(byToken.values());
  }

  /** Tells whether a kind of link joins a session. */
  static boolean joins(LinkKind kind) {
    return kind != LinkKind.CONTROL;
  }
}

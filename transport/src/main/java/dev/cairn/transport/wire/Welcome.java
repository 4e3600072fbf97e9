package dev.cairn.transport.wire;

import java.util.Optional;

/**
 * What a server answers to HELLO. Immutable.
 *
 * @param session of a control link: by which others join it
 */
public record Welcome(Optional<String> session, Abilities abilities) implements Message {
  public Welcome {
    if (session.isPresent() && !Tokens.isSound(session.get())) {
      throw new IllegalArgumentException("not a session's token");
    }
  }
}

package dev.cairn.transport.wire;

import java.util.Optional;

/**
 * What a client says first. Immutable.
 *
 * @param session of an urgent or data link: the one that it joins
 * @param token of a client that has one for a name
 */
public record Hello(
    Role role, LinkKind link, Optional<String> session, Abilities abilities, Optional<Token> token)
    implements Message {
  public Hello {
    if (session.isPresent() == (link == LinkKind.CONTROL)) {
      throw new IllegalArgumentException(
          "a control link has no session yet, another must name its own");
    }
    if (session.isPresent() && !Tokens.isSound(session.get())) {
      throw new IllegalArgumentException("not a session's token");
    }
  }

  /**
   * That the client has the token of a name, for this TLS session alone. Immutable.
   *
   * @param name 1 to 255 bytes
   * @param proof base64url, 43 characters
   */
  public record Token(String name, String proof) {
    @Override
    public String toString() {
      return "token " + name;
    }
  }
}

package dev.cairn.transport.wire;

import java.util.Optional;

/** What a client is. The server is the other side of it. */
public enum Role {
  /** The client is the receiver. */
  PULL("pull"),
  /** The client is the source. */
  SEND("send"),
  /** The client changes how the server works. */
  ADMIN("admin");

  private final String text;

  Role(String text) {
    this.text = text;
  }

  /** Returns its word in HELLO. */
  public String text() {
    return text;
  }

  /** Returns the role of that word. */
  public static Optional<Role> ofText(String text) {
    return switch (text) {
      case "pull" -> Optional.of(PULL);
      case "send" -> Optional.of(SEND);
      case "admin" -> Optional.of(ADMIN);
      default -> Optional.empty();
    };
  }
}

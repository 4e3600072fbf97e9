package dev.cairn.transport.peer;

import java.util.Optional;

/** What a peer may do with a chain. */
public enum Right {
  PULL("pull"),
  SEND("send");

  private final String text;

  Right(String text) {
    this.text = text;
  }

  /** Returns its word in {@code --auth}. */
  public String text() {
    return text;
  }

  /** Returns the right of that word. */
  public static Optional<Right> ofText(String text) {
    return switch (text) {
      case "pull" -> Optional.of(PULL);
      case "send" -> Optional.of(SEND);
      default -> Optional.empty();
    };
  }
}

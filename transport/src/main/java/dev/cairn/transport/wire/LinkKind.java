package dev.cairn.transport.wire;

import java.util.Optional;

/** What a link of a session is for. */
public enum LinkKind {
  CONTROL("control"),
  URGENT("urgent"),
  DATA("data");

  private final String text;

  LinkKind(String text) {
    this.text = text;
  }

  /** Returns its word in HELLO. */
  public String text() {
    return text;
  }

  /** Returns the kind of that word. */
  public static Optional<LinkKind> ofText(String text) {
    return switch (text) {
      case "control" -> Optional.of(CONTROL);
      case "urgent" -> Optional.of(URGENT);
      case "data" -> Optional.of(DATA);
      default -> Optional.empty();
    };
  }
}

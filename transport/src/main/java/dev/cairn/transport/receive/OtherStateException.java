package dev.cairn.transport.receive;

import java.io.IOException;
import java.io.Serial;

/** What is to come cannot come any more as it was to: the state of another source is to. */
final class OtherStateException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  private final String source;

  /**
   * @param source whose state it is
   */
  OtherStateException(String source) {
    super("the state of " + source + " is to come from now on");
    this.source = source;
  }

  String source() {
    return source;
  }
}

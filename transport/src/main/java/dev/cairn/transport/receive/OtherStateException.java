package dev.cairn.transport.receive;

import java.io.IOException;
import java.io.Serial;
import java.util.List;

/** What is to come cannot come any more as it was to: the state of another source is to. */
final class OtherStateException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  private final String[] sources;

  /**
   * @param sources that answer, one of which may have another state
   */
  OtherStateException(List<String> sources) {
    super("what is to come is nowhere: expected another state of " + sources);
    this.sources = sources.toArray(String[]::new);
  }

  List<String> sources() {
    return List.of(sources);
  }
}

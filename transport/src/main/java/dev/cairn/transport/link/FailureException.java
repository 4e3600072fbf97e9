package dev.cairn.transport.link;

import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.io.Serial;

/**
 * A request is not done: the peer has answered ERROR, or is to be answered so. The link goes on.
 */
public final class FailureException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  private final transient Message.Failure failure;

  public FailureException(Message.Failure failure) {
    super(text(failure));
    this.failure = failure;
  }

  /** Makes one of a code and what is wrong; a text that is too long for the wire is cut. */
  public static FailureException of(ErrorCode code, String what) {
    return new FailureException(Failures.of(code, what));
  }

  /** As {@link #of(ErrorCode, String)}, with both values. */
  public static FailureException of(ErrorCode code, String what, Object expected, Object actual) {
    return new FailureException(Failures.of(code, what, expected, actual));
  }

  /** Returns what goes over the wire. */
  public Message.Failure failure() {
    return failure;
  }

  public ErrorCode code() {
    return failure.code();
  }

  /**
   * Returns what a peer is told of a failure: its own words, those of the store, or that it failed.
   */
  public static Message.Failure told(IOException why) {
    return Failures.of(why);
  }

  private static String text(Message.Failure failure) {
    StringBuilder text = new StringBuilder(failure.what());
    if (!failure.expected().isEmpty()) {
      text.append(": expected ").append(failure.expected());
    }
    if (!failure.actual().isEmpty()) {
      text.append(", found ").append(failure.actual());
    }
    if (!failure.next().isEmpty()) {
      text.append("; ").append(failure.next());
    }
    return text.toString();
  }
}

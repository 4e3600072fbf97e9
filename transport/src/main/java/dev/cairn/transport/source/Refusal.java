package dev.cairn.transport.source;

import dev.cairn.store.BadInputException;
import dev.cairn.store.BadNameException;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.RefusedException;
import dev.cairn.store.StoreException;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import java.nio.charset.StandardCharsets;

/** Puts into an ERROR why a request is not done. Stateless. */
final class Refusal {
  private Refusal() {}

  /** Returns what goes over the wire for a failure; the rule of {@code Requests}. */
  static Message.Failure of(Throwable failure) {
    if (failure instanceof FailureException told) {
      return told.failure();
    }
    ErrorCode code = failure instanceof StoreException e ? code(e) : ErrorCode.FAILED;
    String message = failure.getMessage();
    String what = message == null ? failure.getClass().getSimpleName() : message;
    return new Message.Failure(code, clean(what), "", "", "");
  }

  private static ErrorCode code(StoreException failure) {
    return switch (failure) {
      case CorruptFileException _ -> ErrorCode.DAMAGED;
      case RefusedException _ -> ErrorCode.VERSION;
      case NoSuchPointException _ -> ErrorCode.NO_SUCH;
      case BusyException _ -> ErrorCode.BUSY;
      case BadInputException _, BadNameException _ -> ErrorCode.FAILED;
    };
  }

  static FailureException because(ErrorCode code, String what) {
    return new FailureException(new Message.Failure(code, clean(what), "", "", ""));
  }

  static FailureException because(ErrorCode code, String what, Object expected, Object actual) {
    return new FailureException(
        new Message.Failure(
            code, clean(what), clean(expected.toString()), clean(actual.toString()), ""));
  }

  /** The same words for what is not there and what this peer may not see. */
  static FailureException noChain(String chain) {
    return because(ErrorCode.NO_SUCH, "no chain " + chain + " that you may pull");
  }

  static FailureException noHold(String token) {
    return because(ErrorCode.NO_SUCH, "no hold " + token + " of yours");
  }

  /** A message may have anything in it that a file name can have, and be long. */
  private static String clean(String text) {
    byte[] bytes =
        text.replaceAll("[\\x00-\\x1f\\x7f-\\x9f]", " ").getBytes(StandardCharsets.UTF_8);
    int end = Math.min(bytes.length, Message.MOST_TEXT);
    while (end < bytes.length && (bytes[end] & 0xc0) == 0x80) {
      end--; // not within a character
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }
}

package dev.cairn.transport.link;

import dev.cairn.store.BadInputException;
import dev.cairn.store.BadNameException;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.RefusedException;
import dev.cairn.store.StoreException;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** What went wrong as ERROR says it. Stateless. */
final class Failures {
  private Failures() {}

  /** Returns what a peer is told of a failure: of one that is about no store, no more than that. */
  static Message.Failure of(IOException why) {
    return switch (why) {
      case FailureException told -> told.failure();
      case StoreException known -> of(code(known), String.valueOf(known.getMessage()));
      default -> of(ErrorCode.FAILED, "failed here; the log there says why");
    };
  }

  static Message.Failure of(ErrorCode code, String what) {
    return of(code, what, "", "");
  }

  static Message.Failure of(ErrorCode code, String what, Object expected, Object actual) {
    return new Message.Failure(
        code, fit(what), fit(expected.toString()), fit(actual.toString()), "");
  }

  private static ErrorCode code(StoreException known) {
    return switch (known) {
      case CorruptFileException _ -> ErrorCode.DAMAGED;
      case RefusedException _ -> ErrorCode.VERSION;
      case BusyException _ -> ErrorCode.BUSY;
      case NoSuchPointException _ -> ErrorCode.NO_SUCH;
      case BadInputException _, BadNameException _ -> ErrorCode.FAILED;
    };
  }

  /** Returns what of a text a TEXT can have. */
  private static String fit(String text) {
    StringBuilder fitting = new StringBuilder();
    int bytes = 0;
    for (int c : text.codePoints().toArray()) {
      String one =
          Character.isISOControl(c) || (c >= 0xd800 && c < 0xe000) ? "?" : Character.toString(c);
      bytes += one.getBytes(StandardCharsets.UTF_8).length;
      if (bytes > Message.MOST_TEXT) {
        break;
      }
      fitting.append(one);
    }
    return fitting.toString();
  }
}

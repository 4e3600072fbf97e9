package dev.cairn.tools.command;

import dev.cairn.store.BadInputException;
import dev.cairn.store.BadNameException;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.RefusedException;
import dev.cairn.store.StoreException;
import dev.cairn.tools.memory.IncompleteException;
import dev.cairn.tools.resume.DestinationLostException;
import dev.cairn.tools.resume.TransferPausedException;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.wire.ErrorCode;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;

/** The exit codes of DESIGN.md §6, for scripts. */
public final class ExitCodes {
  static final int DONE = 0;

  /** The command failed, or what it said is lost. */
  public static final int FAILED = 1;

  /** A command line that cannot be understood. */
  public static final int USAGE = 2;

  static final int INCOMPLETE = 3;
  static final int CORRUPT = 4;
  static final int REFUSED = 6;
  static final int LOST = 7;
  static final int NO_SUCH = 10;
  static final int BUSY = 11;
  static final int INTERRUPTED = 130;

  /** Nobody reads standard output any more: what a shell gives for a death by SIGPIPE. */
  public static final int READER_GONE = 141;

  private ExitCodes() {}

  /** Returns the exit code of a failure. */
  public static int of(Throwable failure) {
    return switch (failure) {
      case StoreException e -> ofStore(e);
      case UsageException _ -> USAGE;
      case SocketTimeoutException _ -> FAILED; // it is an InterruptedIOException, but nobody's wish
      case TransferPausedException e ->
          e.getCause() instanceof CorruptFileException ? CORRUPT : INCOMPLETE;
      case IncompleteException _ -> INCOMPLETE;
      case DestinationLostException _ -> LOST;
      case InterruptedIOException _ -> INTERRUPTED;
      case FailureException e -> ofPeer(e.code());
      default -> FAILED;
    };
  }

  /** What a server says: the table of errors in transport/PROTOCOL.md. */
  private static int ofPeer(ErrorCode code) {
    return switch (code) {
      case NOT_YET -> INCOMPLETE;
      case DAMAGED -> CORRUPT;
      case VERSION -> REFUSED;
      case NO_SUCH -> NO_SUCH;
      case BUSY -> BUSY;
      case FAILED, CANNOT_BE, NO_RIGHT, TOO_MUCH -> FAILED;
    };
  }

  private static int ofStore(StoreException failure) {
    return switch (failure) {
      case CorruptFileException _ -> CORRUPT;
      case RefusedException _ -> REFUSED;
      case NoSuchPointException _ -> NO_SUCH;
      case BusyException _ -> BUSY;
      case BadNameException _ -> USAGE;
      case BadInputException _ -> FAILED;
    };
  }
}

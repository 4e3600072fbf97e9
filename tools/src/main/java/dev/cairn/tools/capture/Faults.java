package dev.cairn.tools.capture;

import dev.cairn.store.CorruptFileException;
import dev.cairn.tools.qmp.QmpLostException;
import java.io.IOException;
import java.io.InterruptedIOException;
import org.jspecify.annotations.Nullable;

/** What the failures of a checkpoint mean for what comes after it. */
final class Faults {
  /** Something that may fail. */
  @FunctionalInterface
  interface Step {
    void run() throws IOException;
  }

  private Faults() {}

  /** Does something; returns why it failed, or nothing. */
  static @Nullable String of(Step step) {
    try {
      step.run();
      return null;
    } catch (IOException e) {
      return message(e);
    }
  }

  static String message(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  /**
   * Frees the guest after a failure, and returns what to throw: that a checkpoint was lost, unless
   * QEMU itself is lost, the chain is damaged, or somebody wants to end.
   */
  static IOException afterDetach(CaptureMode mode, IOException failure) {
    try {
      mode.detach();
    } catch (IOException e) {
      e.addSuppressed(failure);
      return e;
    }
    return switch (failure) {
      case QmpLostException e -> e;
      case InterruptedIOException e when !(e instanceof java.net.SocketTimeoutException) -> e;
      case LostCheckpointException e -> e;
      case CorruptFileException e -> e; // it would be the same with the next one
      case ModeFailedException e -> e;
      default -> new LostCheckpointException(message(failure), failure);
    };
  }
}

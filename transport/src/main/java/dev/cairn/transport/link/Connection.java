package dev.cairn.transport.link;

import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * A carrier with frames on it, both ways. Thread-safe: the input is for one reader.
 *
 * @param carrier of the bytes
 */
record Connection(Carrier carrier, LinkSettings settings, FrameInput input, FrameOutput output) {
  /** How long a last word may take to be sent, and to be taken, nanoseconds. */
  private static final long LAST_WORD = TimeUnit.SECONDS.toNanos(1);

  /** Puts frames on a carrier. */
  static Connection over(Carrier carrier, LinkSettings settings) {
    return new Connection(
        carrier,
        settings,
        new FrameInput(carrier, settings.nanoTime()),
        new FrameOutput(carrier, settings.nanoTime()));
  }

  String name() {
    return carrier.name();
  }

  /** Takes off the wire what still comes, until it ends. */
  void drain() {
    try {
      input.drain();
    } catch (IOException _) {
      // It has ended.
    }
  }

  void shutdown() {
    carrier.shutdown();
  }

  /**
   * Sends ERROR, then ends both directions, without waiting. In between the peer's bytes have to be
   * read on: the kernel would drop our last word with theirs.
   */
  void sayAndShutdown(int request, Message.Failure why) {
    var _ =
        settings.help(
            "cairn-link-end",
            () -> {
              try {
                output.trySend(request, why, LAST_WORD);
                var _ = settings.timer().schedule(this::shutdown, LAST_WORD, TimeUnit.NANOSECONDS);
              } catch (IOException | RejectedExecutionException e) {
                shutdown();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                shutdown();
              }
            });
  }
}

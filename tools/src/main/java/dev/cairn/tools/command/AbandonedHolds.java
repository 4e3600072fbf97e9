package dev.cairn.tools.command;

import dev.cairn.chain.manifest.IncomingState;
import dev.cairn.tools.linux.HostLinks;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.receive.HoldRelease;
import dev.cairn.transport.wire.ErrorCode;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Has sources let go what they hold for a pull that is given up. What stays is told and no failure:
 * it ends by its time. Not thread-safe.
 */
final class AbandonedHolds {
  private static final Duration MOST = Duration.ofSeconds(5);

  /** What a state has in a URI's place that was sent here: its sender lets go by itself. */
  private static final String OFFER = "offer";

  private final Console console;
  private final LinkOptions options;

  AbandonedHolds(Console console, LinkOptions options) {
    this.console = console;
    this.options = options;
  }

  /**
   * Tries it, once.
   *
   * @param chain its name at the sources
   */
  void release(IncomingState state, String chain) throws InterruptedIOException {
    List<HoldRelease.Hold> holds = new ArrayList<>();
    for (IncomingState.Source source : state.sources()) {
      if (!source.uri().startsWith(OFFER)) {
        add(holds, source, chain);
      }
    }
    boolean opened = state.coming().isPresent();
    try (ScheduledExecutorService timer = Timers.daemon()) {
      new HoldRelease(HostLinks.standard(timer, LinkEvents.NONE), chain, holds)
          .run(
              MOST,
              (hold, why) -> {
                boolean none =
                    why instanceof FailureException e && e.code() == ErrorCode.NO_SUCH && !opened;
                if (!none) {
                  stays(hold.source().toString(), hold.token(), chain, why);
                }
              });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while sources were asked to let it go");
    }
  }

  private void add(List<HoldRelease.Hold> holds, IncomingState.Source source, String chain) {
    try {
      Endpoint endpoint = LinkOptions.endpoint("--from", source.uri());
      holds.add(
          new HoldRelease.Hold(endpoint, source.token(), options.settings(endpoint, console)));
    } catch (UsageException | IOException e) {
      stays(source.uri(), source.token(), chain, e);
    }
  }

  private void stays(String source, String token, String chain, Exception why) {
    console.warn(
        "%s: the hold stays, until its time is over: %s; to end it there: cairn forget %s"
                .formatted(source, why.getMessage(), chain)
            + " --expire-hold "
            + token);
  }
}

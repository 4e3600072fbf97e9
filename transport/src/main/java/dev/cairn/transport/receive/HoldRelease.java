package dev.cairn.transport.receive;

import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkGroup;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.wire.Role;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Has sources let the holds go of a reception that is given up. Immutable. */
public final class HoldRelease {
  private final LinkSettings links;
  private final String chain;
  private final List<Hold> holds;

  /**
   * @param chain its name at the sources
   * @param holds those to be let go
   */
  public HoldRelease(LinkSettings links, String chain, List<Hold> holds) {
    this.links = links;
    this.chain = chain;
    this.holds = List.copyOf(holds);
  }

  /**
   * One hold.
   *
   * @param token of the hold
   * @param client what we are to its source
   */
  public record Hold(Endpoint source, String token, ClientSettings client) {}

  /** Is told which hold stays, and why. */
  @FunctionalInterface
  public interface Stays {
    void at(Hold hold, IOException why);
  }

  /**
   * Asks all sources at once, each once.
   *
   * @param most how long that may take in all; for whom it is too long, it is given up
   */
  public void run(Duration most, Stays stays) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    List<FutureTask<Boolean>> asked = new ArrayList<>();
    for (Hold hold : holds) {
      FutureTask<Boolean> task = new FutureTask<>(() -> release(hold));
      asked.add(task);
      var _ = links.help("cairn-release", task);
    }
    try {
      for (int i = 0; i < asked.size(); i++) {
        try {
          asked.get(i).get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
          stays.at(holds.get(i), failure(e));
        } catch (TimeoutException | CancellationException e) {
          stays.at(
              holds.get(i),
              new SocketTimeoutException(
                  holds.get(i).source + ": no answer within " + most.toMillis() + " ms"));
        }
      }
    } finally {
      asked.forEach(task -> task.cancel(true));
    }
  }

  private static IOException failure(ExecutionException e) {
    return e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
  }

  private boolean release(Hold hold) throws IOException {
    try (LinkGroup group =
        LinkGroup.open(hold.source, Role.PULL, links, hold.client, new Silent())) {
      new ControlLink(group.control()).release(hold.token, chain);
      return true;
    }
  }

  /** A source is asked on its control link alone; that it is lost, who waits there is told. */
  private static final class Silent implements LinkGroup.Events {
    @Override
    public Requests ready(Link link) {
      return Requests.none();
    }

    @Override
    public void lost(LinkLostException why) {}
  }
}

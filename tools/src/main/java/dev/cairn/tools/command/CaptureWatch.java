package dev.cairn.tools.command;

import dev.cairn.chain.Store;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.serve.ChainGauges;
import dev.cairn.transport.serve.ChainMetrics;
import dev.cairn.transport.serve.Exposition;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers those who watch captures, if that is asked for; owns what it needs for it. */
final class CaptureWatch implements AutoCloseable {
  private final List<AutoCloseable> owned;

  private CaptureWatch(List<AutoCloseable> owned) {
    this.owned = owned;
  }

  /**
   * Begins to answer.
   *
   * @param address as {@code --metrics} has it; null if nobody is to be answered
   */
  static CaptureWatch start(
      RootCommand root, @Nullable String address, CaptureMetrics captures, RoomOptions room)
      throws IOException {
    if (address == null) {
      return new CaptureWatch(List.of());
    }
    Endpoint.Internet endpoint = MetricsServer.endpoint(address);
    Store store = root.openStore();
    ChainMetrics chains = new ChainMetrics(new ChainGauges(store), Clock.systemUTC());
    StoreMetrics taken = new StoreMetrics(store, room.of(root.storePath()));
    try {
      MetricsServer server =
          MetricsServer.start(
              endpoint,
              () -> {
                Exposition text = new Exposition();
                chains.addTo(text);
                return captures.text() + text + taken.text();
              });
      Endpoint at = new Endpoint.Internet(false, endpoint.host(), server.port());
      root.console().event("metrics: " + at);
      return new CaptureWatch(List.of(server, store));
    } catch (IOException e) {
      store.close();
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    for (AutoCloseable each : owned) {
      try {
        each.close();
      } catch (IOException | RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
  }
}

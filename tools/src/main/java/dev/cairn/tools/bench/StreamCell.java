package dev.cairn.tools.bench;

import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.Endpoint;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Measures one link with one number of streams, again and again. For one thread.
 *
 * @param warmSeconds that a link is warmed up at most
 * @param processes of both sides: what they cost counts
 */
record StreamCell(
    StreamClient.File file, ScheduledExecutorService timer, int warmSeconds, List<Long> processes) {
  private static final long WARM_MILLIS = 500;
  private static final int LEAST_WARM_SECONDS = 2;
  private static final double WARM = 1.1;

  /**
   * Both processes compile what they run first, ciphers above all: that is no stream's rate. It is
   * over when a second brings no more than the one before.
   */
  void warm(Endpoint endpoint, ClientSettings one) throws IOException {
    double before = 0;
    for (int i = 0; i < warmSeconds; i++) {
      double rate = cost(endpoint, one, 1, 1).rate();
      if (i >= LEAST_WARM_SECONDS && rate < WARM * before) {
        return;
      }
      before = rate;
    }
  }

  Meter.Cost cost(Endpoint endpoint, ClientSettings client, int streams, int time)
      throws IOException {
    try (StreamClient fetching = new StreamClient(endpoint, client, timer, file)) {
      return fetching.cost(streams, WARM_MILLIS, time, new Meter(processes));
    }
  }
}

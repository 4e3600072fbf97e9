package dev.cairn.tests.hosts;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Stands between two peers, over TCP or Unix sockets: makes what they send late or slow, cuts their
 * connections, counts. It is connected as soon as it is connected to; only bytes are late. All
 * settings may be changed while it works. Thread-safe.
 */
public sealed interface DelayProxy extends AutoCloseable permits LocalProxy, ProxyChild {
  /**
   * Starts one in this JVM.
   *
   * @param listen with port 0 for any; see {@link #address}
   * @param target whom it connects to for each who connects
   */
  static DelayProxy start(SocketAddress listen, SocketAddress target) throws IOException {
    return new LocalProxy(listen, target);
  }

  /**
   * Starts one in another process, which a host's launcher may take to that host; it ends with this
   * JVM.
   *
   * @param directory for what it says
   */
  static DelayProxy start(
      Path directory, List<String> launcher, SocketAddress listen, SocketAddress target)
      throws IOException, InterruptedException {
    return new ProxyChild(directory, launcher, listen, target);
  }

  /** Returns where it listens. */
  SocketAddress address();

  /** Makes what is read from now on late, in each direction. */
  void delay(Duration oneWay);

  /** Limits all connections together, in each direction; 0 does not. */
  void rate(long bitsPerSecond);

  /** Cuts all connections now; what has not been passed on is lost. Others may come. */
  void cut(Cut how);

  /**
   * Cuts all connections, one time after the other. Of a single connection exactly so many bytes
   * have passed; of several, some of the last ones may be lost. Replaces an earlier plan.
   */
  void cut(Direction counted, List<PlannedCut> plan);

  /** Refuses who connects, until told otherwise; the port stays taken. */
  void refuse(boolean refused);

  /** Returns how many bytes it has passed on. */
  long passedBytes(Direction direction);

  /** Returns how many connections it passes bytes of. */
  int connections();

  /** Returns how many times it has cut, by a plan or at once. */
  int cuts();

  /** Breaks all connections off, and listens no more. */
  @Override
  void close() throws IOException;
}

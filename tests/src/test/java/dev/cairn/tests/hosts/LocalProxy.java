package dev.cairn.tests.hosts;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A proxy in this JVM. Thread-safe. */
final class LocalProxy implements DelayProxy {
  private static final int BACKLOG = 4096;
  private static final long DEADLINE_SECONDS = 60;

  private final SocketAddress target;
  private final SocketAddress address;
  private final Map<Direction, Gate> gates = new EnumMap<>(Direction.class);
  private final Set<Relay> relays = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger cuts = new AtomicInteger();

  /** Bound and never listening: while nobody listens, nobody else gets the port. */
  private final @Nullable SocketChannel place;

  private @Nullable Listening listening;
  private volatile long delayNanos;

  private record Listening(ServerSocketChannel server, CountDownLatch over) {}

  /** What runs in a thread of its own. */
  interface Work {
    void run() throws IOException, InterruptedException;
  }

  LocalProxy(SocketAddress listen, SocketAddress target) throws IOException {
    this.target = target;
    for (Direction direction : Direction.values()) {
      gates.put(direction, new Gate());
    }
    if (listen instanceof InetSocketAddress) {
      this.place = SocketChannel.open();
      place.setOption(StandardSocketOptions.SO_REUSEADDR, true).bind(listen);
      this.address = place.getLocalAddress();
    } else {
      this.place = null;
      this.address = listen;
    }
    boolean done = false;
    try {
      listen();
      done = true;
    } finally {
      if (!done && place != null) {
        place.close();
      }
    }
  }

  private synchronized void listen() throws IOException {
    ServerSocketChannel server;
    if (address instanceof UnixDomainSocketAddress unix) {
      Files.deleteIfExists(unix.getPath());
      server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    } else {
      server = ServerSocketChannel.open().setOption(StandardSocketOptions.SO_REUSEADDR, true);
    }
    server.bind(address, BACKLOG);
    CountDownLatch over = new CountDownLatch(1);
    listening = new Listening(server, over);
    run(
        () -> {
          try {
            acceptAll(server);
          } finally {
            over.countDown();
          }
        });
  }

  private void acceptAll(ServerSocketChannel server) throws IOException {
    while (true) {
      SocketChannel client;
      try {
        client = server.accept();
      } catch (ClosedChannelException e) {
        return;
      }
      run(() -> relay(client));
    }
  }

  private void relay(SocketChannel client) {
    try {
      Relay relay = new Relay(this, client, connected(client));
      relays.add(relay);
      relay.start();
    } catch (IOException e) {
      Relay.reset(client); // the target refuses, or the proxy is being closed
    }
  }

  private SocketChannel connected(SocketChannel client) throws IOException {
    SocketChannel channel = SocketChannel.open(target);
    for (SocketChannel each : List.of(client, channel)) {
      if (each.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
        each.setOption(StandardSocketOptions.TCP_NODELAY, true);
      }
    }
    return channel;
  }

  /** Runs something until it ends, or the proxy. */
  void run(Work work) {
    try {
      threads.execute(
          () -> {
            try {
              work.run();
            } catch (IOException e) {
              throw new AssertionError("a proxy of the tests fails", e);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt(); // it is being closed
            }
          });
    } catch (RejectedExecutionException e) {
      // it is being closed: nothing is passed on any more
    }
  }

  Gate gate(Direction direction) {
    return Objects.requireNonNull(gates.get(direction));
  }

  long delayNanos() {
    return delayNanos;
  }

  void gone(Relay relay) {
    relays.remove(relay);
  }

  @Override
  public SocketAddress address() {
    return address;
  }

  @Override
  public void delay(Duration oneWay) {
    delayNanos = oneWay.toNanos();
  }

  @Override
  public void rate(long bitsPerSecond) {
    gates.values().forEach(gate -> gate.rate(bitsPerSecond, System.nanoTime()));
  }

  @Override
  public void cut(Cut how) {
    List<Relay> now = List.copyOf(relays); // not who comes again because of this
    cuts.incrementAndGet(); // before a peer can see it
    now.forEach(relay -> relay.cut(how));
  }

  @Override
  public void cut(Direction counted, List<PlannedCut> plan) {
    gate(counted).plan(plan);
  }

  @Override
  public synchronized void refuse(boolean refused) {
    try {
      if (!refused && listening == null) {
        listen();
      } else if (refused && listening != null) {
        listening.server.close();
        // Only when nobody waits in it any more is the socket closed.
        if (!listening.over.await(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
          throw new AssertionError("a proxy that refuses still listens");
        }
        listening = null;
      }
    } catch (IOException e) {
      throw new AssertionError(address + " refuses or not", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(address + " refuses or not", e);
    }
  }

  @Override
  public long passedBytes(Direction direction) {
    return gate(direction).passedBytes();
  }

  @Override
  public int connections() {
    return (int) relays.stream().filter(Relay::isOpen).count();
  }

  @Override
  public int cuts() {
    return cuts.get();
  }

  @Override
  public void close() throws IOException {
    refuse(true);
    relays.forEach(Relay::broken); // before its threads are interrupted, which would send the end
    threads.shutdownNow();
    awaitThreads();
    relays.forEach(Relay::broken); // of a connection that came meanwhile
    if (place != null) {
      place.close();
    }
    if (address instanceof UnixDomainSocketAddress unix) {
      Files.deleteIfExists(unix.getPath());
    }
  }

  private void awaitThreads() throws IOException {
    try {
      if (!threads.awaitTermination(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("the threads of a proxy do not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("a proxy is closed");
    }
  }
}

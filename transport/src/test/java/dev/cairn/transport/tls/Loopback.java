package dev.cairn.transport.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Two ends of a connection in one process, and threads that work at them. Thread-safe. */
final class Loopback implements AutoCloseable {
  /** Of anything that a test waits for. */
  static final int SECONDS = 60;

  private final ServerSocketChannel listener;
  private final SocketChannel calling;
  private final SocketWire server;
  private final ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread::new);

  Loopback() throws IOException {
    listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    calling = SocketChannel.open(listener.getLocalAddress());
    server = new SocketWire(listener.accept(), "tls:caller");
  }

  /** Returns the end that was called. */
  SocketWire server() {
    return server;
  }

  /** Returns the end that has called. */
  SocketWire client() {
    return new SocketWire(calling, "tls:called");
  }

  /** Returns the end that has called, for a peer that is not ours. */
  Socket clientSocket() {
    return calling.socket();
  }

  /** Begins something in a thread of its own. */
  <T> Future<T> begin(Callable<T> work) {
    return threads.submit(work);
  }

  /** Waits for what was begun, and throws what it has thrown. */
  static <T> T await(Future<T> work) throws Exception {
    try {
      return work.get(SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e;
    } catch (TimeoutException e) {
      throw new AssertionError("not done within " + SECONDS + " s", e);
    }
  }

  @Override
  public void close() throws IOException {
    calling.close();
    server.close();
    listener.close();
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("a thread does not end");
      }
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted while threads end", e);
    }
  }
}

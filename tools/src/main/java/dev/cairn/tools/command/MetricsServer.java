package dev.cairn.tools.command;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.cairn.store.BusyException;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.serve.Exposition;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Answers {@code GET /metrics}, one at a time. Thread-safe. */
final class MetricsServer implements AutoCloseable {
  /** Where metrics come from. */
  @FunctionalInterface
  interface Metrics {
    String text() throws IOException;
  }

  private static final int BACKLOG = 16;

  private final HttpServer server;
  private final ExecutorService thread;

  private MetricsServer(HttpServer server, ExecutorService thread) {
    this.server = server;
    this.thread = thread;
  }

  /** Returns where {@code --metrics} says that is to be. */
  static Endpoint.Internet endpoint(String address) throws IOException {
    if (LinkOptions.endpoint("--metrics", address) instanceof Endpoint.Internet internet
        && !internet.tls()) {
      return internet;
    }
    throw new UsageException("--metrics " + address + ": expected tcp:HOST:PORT");
  }

  /** Begins to answer. */
  static MetricsServer start(Endpoint.Internet endpoint, Metrics metrics) throws IOException {
    HttpServer server;
    try {
      server = HttpServer.create(new InetSocketAddress(endpoint.host(), endpoint.port()), BACKLOG);
    } catch (BindException e) {
      throw new BusyException(
          "--metrics %s: cannot be listened at: %s".formatted(endpoint, e.getMessage()));
    }
    ExecutorService thread =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("cairn-metrics").factory());
    server.setExecutor(thread);
    server.createContext("/metrics", exchange -> answer(exchange, metrics));
    server.start();
    return new MetricsServer(server, thread);
  }

  private static void answer(HttpExchange exchange, Metrics metrics) throws IOException {
    try (exchange) {
      if (!exchange.getRequestMethod().equals("GET")) {
        exchange.sendResponseHeaders(405, -1);
        return;
      }
      byte[] text = metrics.text().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", Exposition.CONTENT_TYPE);
      exchange.sendResponseHeaders(200, text.length);
      exchange.getResponseBody().write(text);
    }
  }

  int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    thread.shutdownNow();
  }
}

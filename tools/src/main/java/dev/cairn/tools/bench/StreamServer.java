package dev.cairn.tools.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.peer.TokensFile;
import dev.cairn.transport.tls.TlsCredentials;
import dev.cairn.transport.tls.TlsFiles;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A {@code cairn serve} of its own process, as a source is in real life, at all links that there
 * are; closing it kills it. Not thread-safe.
 */
final class StreamServer implements Closeable {
  private static final long DEADLINE_SECONDS = 60;
  private static final int MOST_SAID = 2000;
  private static final String NAME = "bench";
  private static final String METRICS = "metrics";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process child;
  private final Path log;
  private final Optional<ClientSettings.Tls> tls;

  private StreamServer(Process child, Path log, Optional<ClientSettings.Tls> tls) {
    this.child = child;
    this.log = log;
    this.tls = tls;
  }

  /**
   * Starts it.
   *
   * @param links at which it listens, besides TCP and a Unix socket
   */
  static StreamServer start(Workbench bench, Path store, List<StreamPlan.Link> links)
      throws IOException {
    boolean withTls = links.contains(StreamPlan.Link.TLS);
    List<String> words = new ArrayList<>(List.of("--json", "--store", store.toString(), "serve"));
    words.addAll(List.of("--listen", "tcp:127.0.0.1:0", "--metrics", "tcp:127.0.0.1:0"));
    Optional<ClientSettings.Tls> tls = Optional.empty();
    if (withTls) {
      SelfSigned own = SelfSigned.make(Files.createDirectory(bench.file("tls")));
      Path token = SelfSigned.ownFile(bench.file("token"), NAME + " 0123456789abcdef0123456789\n");
      words.addAll(List.of("--listen", "tls:127.0.0.1:0", "--tokens", token.toString()));
      words.addAll(List.of("--tls-cert", own.certificate().toString()));
      words.addAll(List.of("--tls-key", own.key().toString()));
      TlsFiles trusted = new TlsFiles(own.certificate(), Optional.empty());
      tls =
          Optional.of(
              new ClientSettings.Tls(
                  TlsCredentials.load(trusted, _ -> {}),
                  Optional.empty(),
                  Optional.of(TokensFile.readOne(token))));
    }
    String last = withTls ? "tls:" : "tcp:";
    if (links.contains(StreamPlan.Link.RDMA)) {
      last = "rdma:";
      words.addAll(List.of("--listen", rdma(), "--insecure"));
    }
    Path log = bench.file("serve.log");
    return awaited(new StreamServer(Children.start(log, Children.cairn(words)), log, tls), last);
  }

  /** Starts one whose TCP sockets are rsockets, and which listens at nothing else but its own. */
  static StreamServer rsocket(Workbench bench, Path store) throws IOException {
    String host =
        RsocketLibrary.address()
            .map(InetAddress::getHostAddress)
            .orElseThrow(() -> new IOException("the RDMA device has gone"));
    List<String> words = List.of("--json", "--store", store.toString(), "serve");
    List<String> all = new ArrayList<>(words);
    all.addAll(List.of("--listen", "tcp:" + host + ":0", "--insecure"));
    Path log = bench.file("serve-rsocket.log");
    List<String> command = Children.cairn(RsocketLibrary.options(), all);
    Process child = Children.start(log, command, RsocketLibrary.environment());
    return awaited(new StreamServer(child, log, Optional.empty()), "tcp:");
  }

  private static StreamServer awaited(StreamServer server, String last) throws IOException {
    boolean done = false;
    try {
      server.await(last);
      done = true;
      return server;
    } finally {
      if (!done) {
        server.close();
      }
    }
  }

  long pid() {
    return child.pid();
  }

  /** Returns whether it still runs, and what it said last: for who failed to talk to it. */
  String account() throws IOException {
    String said = Files.readString(log, StandardCharsets.UTF_8).strip();
    return (child.isAlive() ? "cairn serve runs" : "cairn serve ended with " + child.exitValue())
        + " and said: "
        + said.substring(Math.max(0, said.length() - MOST_SAID));
  }

  /** At any port of the device's own address: RDMA knows no loopback. */
  private static String rdma() throws IOException {
    String host =
        RdmaAddress.find()
            .map(InetAddress::getHostAddress)
            .orElseThrow(() -> new IOException("the RDMA device has gone"));
    return "rdma:" + (host.contains(":") ? "[" + host + "]" : host) + ":0";
  }

  /** Returns what a client needs for TLS; empty without it. */
  Optional<ClientSettings.Tls> tls() {
    return tls;
  }

  private void await(String scheme) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (endpoint(scheme).isEmpty()) {
      if (!child.isAlive() || System.nanoTime() - end > 0) {
        throw new IOException(
            "cairn serve does not listen: " + Files.readString(log, StandardCharsets.UTF_8));
      }
      Children.pause(TimeUnit.MILLISECONDS, 20);
    }
  }

  /** Returns where it listens by a link, such as {@code tcp:}. */
  Optional<Endpoint> endpoint(String scheme) throws IOException {
    for (String line : Files.readAllLines(log, StandardCharsets.UTF_8)) {
      if (line.startsWith("{") && line.endsWith("}")) {
        JsonNode row = JSON.readTree(line);
        String endpoint = row.path("endpoint").asText();
        if (!row.path("message_type").asText().equals(METRICS) && endpoint.startsWith(scheme)) {
          return Optional.of(Endpoint.parse(endpoint));
        }
      }
    }
    return Optional.empty();
  }

  /** Returns a number out of its metrics. */
  long metric(String name) throws IOException {
    try (InputStream answer = metrics().toURL().openStream()) {
      String text = new String(answer.readAllBytes(), StandardCharsets.UTF_8);
      return text.lines()
          .filter(line -> line.startsWith(name + " "))
          .mapToLong(line -> (long) Double.parseDouble(line.substring(name.length())))
          .findFirst()
          .orElseThrow(() -> new IOException("cairn serve has no metric " + name));
    }
  }

  private URI metrics() throws IOException {
    for (String line : Files.readAllLines(log, StandardCharsets.UTF_8)) {
      if (line.startsWith("{") && line.contains("\"" + METRICS + "\"")) {
        String endpoint = JSON.readTree(line).path("endpoint").asText();
        return URI.create(endpoint.replaceFirst("^tcp:", "http://") + "/metrics");
      }
    }
    throw new IOException("cairn serve tells no metrics");
  }

  @Override
  public void close() {
    Children.reap(child);
  }
}

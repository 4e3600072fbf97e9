package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.manifest.Manifest;
import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tests.NumberedMemory;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cairn serve} as a process, and what is said to it. */
class ServeCommandTest {
  private static final Pattern LISTENING =
      Pattern.compile("\"listening\",\"endpoint\":\"(tcp:127[^\"]+)\"");
  private static final Pattern METRICS =
      Pattern.compile("\"metrics\",\"endpoint\":\"tcp:([^\"]+)\"");

  private final Path directory;
  private final Path store;
  private final Cli cairn;

  ServeCommandTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    store = directory.resolve("store");
    cairn = new Cli(store);
    cairn.run(0, "init");
    checkpoint(0);
    checkpoint(1);
  }

  private void checkpoint(int number) throws IOException {
    Path image = directory.resolve("image");
    Files.write(image, new NumberedMemory(64).at(number));
    cairn.run(0, "checkpoint", "vm", "--from", "raw:" + image);
  }

  private Child serve(String... options) throws IOException {
    String[] words = new String[options.length + 4];
    words[0] = "--store";
    words[1] = store.toString();
    words[2] = "--json";
    words[3] = "serve";
    System.arraycopy(options, 0, words, 4, options.length);
    return Child.cairn(directory, words);
  }

  private static String find(Child child, Pattern pattern) throws IOException {
    Matcher matcher = pattern.matcher(child.said());
    assertTrue(matcher.find(), child::toString);
    return matcher.group(1);
  }

  @Test
  void itServesTellsWhatItHasAndEndsWhenItIsTold() throws IOException, InterruptedException {
    Message.Held held;
    try (Child child = serve("--listen", "tcp:127.0.0.1:0", "--metrics", "tcp:127.0.0.1:0")) {
      child.awaitWord("\"metrics\"");
      Endpoint endpoint = Endpoint.parse(find(child, LISTENING));
      try (TestReceiver receiver = new TestReceiver(endpoint)) {
        Manifest coming = receiver.open("t1", "vm", "latest");
        receiver.fetch(coming.files().getFirst().fileId(), 0, 4096);
        String metrics = metrics(find(child, METRICS));
        assertTrue(
            metrics.matches(
                "(?s).*\ncairn_newest_durable_point_age_seconds\\{chain=\"vm\"\\} [0-9.]+\n.*"),
            metrics);
        assertTrue(metrics.contains("\ncairn_points{chain=\"vm\"} 2\n"), metrics);
        assertTrue(metrics.contains("\ncairn_holds{chain=\"vm\"} 1\n"), metrics);
        assertTrue(metrics.contains("\ncairn_serve_receivers 1\n"), metrics);
        assertTrue(metrics.contains("\ncairn_serve_fetches_total 1\n"), metrics);
        assertEquals(1 << 20, cairn.json(0, "limit-rate", "1M").path("limitRate").asLong());
        child.awaitWord("from now on");
        assertTrue(
            metrics(find(child, METRICS)).contains("\ncairn_serve_rate_limit_bytes 1048576\n"));
        cairn.run(11, "--no-progress", "serve"); // one server a store
        ProcessHandle.of(child.pid()).orElseThrow().destroy();
        receiver.awaitLost();
      }
      child.await(143);
    }
    try (Child child = serve()) {
      child.awaitWord("serve.sock");
      Endpoint endpoint = new Endpoint.Unix(store.resolve("run/serve.sock"));
      try (TestReceiver receiver = new TestReceiver(endpoint)) {
        // Who came by TCP had no name: by the socket there is one.
        receiver.refused(ErrorCode.NO_SUCH, new Message.Hold("t1", "vm"));
        receiver.open("t2", "vm", "latest");
        held = receiver.hold("t2", "vm");
      }
      child.kill();
    }
    try (Child child = serve()) {
      child.awaitWord("serve.sock");
      Endpoint endpoint = new Endpoint.Unix(store.resolve("run/serve.sock"));
      try (TestReceiver receiver = new TestReceiver(endpoint)) {
        assertEquals(held, receiver.hold("t2", "vm"), "a hold survives the server");
      }
      child.kill();
    }
    cairn.run(1, "limit-rate", "none");
  }

  private static String metrics(String address) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://" + address + "/metrics")).build();
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      assertEquals(200, response.statusCode());
      return response.body();
    }
  }

  @Test
  void whatCannotBeServedIsRefusedAtOnce() {
    cairn.run(2, "serve", "--listen", "udp:127.0.0.1:1");
    cairn.run(2, "serve", "--listen", "tls:127.0.0.1:0");
    cairn.run(6, "serve", "--listen", "tcp:0.0.0.0:0");
    cairn.run(2, "serve", "--limit-rate", "fast");
    cairn.run(2, "serve", "--hold-time", "1s");
    cairn.run(2, "serve", "--metrics", "unix:/x");
    cairn.run(2, "send", "vm@1", "--to", "tcp:192.0.2.1:7420");
    cairn.run(10, "send", "vm@7", "--to", "tcp:127.0.0.1:1");
    cairn.run(1, "send", "vm@1", "--to", "tcp:127.0.0.1:1");
    cairn.run(2, "limit-rate", "fast");
  }
}

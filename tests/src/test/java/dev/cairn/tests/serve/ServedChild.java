package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Child;
import dev.cairn.tools.Cairn;
import dev.cairn.transport.link.Endpoint;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A {@code cairn serve} in a JVM of its own, with little memory, and what it tells of itself. */
final class ServedChild implements AutoCloseable {
  private final Child child;

  /**
   * Starts one, at a port of loopback, with metrics; waits until clients can come.
   *
   * @param jvm options of the JVM
   * @param more options of serve
   */
  ServedChild(Path directory, Path store, List<String> jvm, String... more)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of("--store", store.toString(), "--json", "serve"));
    words.addAll(List.of("--listen", "tcp:127.0.0.1:0", "--metrics", "tcp:127.0.0.1:0"));
    words.addAll(List.of(more));
    child = Child.java(directory, List.of(), jvm, Cairn.class, words.toArray(String[]::new));
    boolean done = false;
    try {
      child.awaitWord("\"metrics\"");
      done = true;
    } finally {
      if (!done) {
        child.close();
      }
    }
  }

  /** Returns where it listens by plain TCP, or within TLS. */
  Endpoint.Internet endpoint(String scheme) throws IOException {
    String uri = find("\"listening\",\"endpoint\":\"(" + scheme + ":[^\"]+)\"");
    return (Endpoint.Internet) Endpoint.parse(uri);
  }

  private String find(String pattern) throws IOException {
    Matcher matcher = Pattern.compile(pattern).matcher(said());
    assertTrue(matcher.find(), pattern);
    return matcher.group(1);
  }

  /** Returns a counter or gauge without labels, as Prometheus would get it. */
  long metric(String name) throws IOException, InterruptedException {
    String address = find("\"metrics\",\"endpoint\":\"tcp:([^\"]+)\"");
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://" + address + "/metrics")).build();
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      assertEquals(200, response.statusCode());
      Matcher matcher = Pattern.compile("(?m)^" + name + " ([0-9]+)$").matcher(response.body());
      assertTrue(matcher.find(), name + " in " + response.body());
      return Long.parseLong(matcher.group(1));
    }
  }

  /** Returns the most memory that the process has had, bytes. */
  long mostMemory() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + child.pid() + "/status"))) {
      if (line.startsWith("VmHWM:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
      }
    }
    throw new AssertionError("no VmHWM of the server: " + said());
  }

  /** Returns what it has said. */
  String said() throws IOException {
    return child.said();
  }

  /** Tells it to end, and requires that it does. */
  void end() throws IOException, InterruptedException {
    child.terminate();
    child.await(143);
  }

  @Override
  public void close() {
    child.close();
  }
}

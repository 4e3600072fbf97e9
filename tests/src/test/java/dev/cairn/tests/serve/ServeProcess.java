package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Child;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A {@code cairn serve} of its own process, with its log; closing it kills it. */
final class ServeProcess implements AutoCloseable {
  private static final Pattern LISTENING =
      Pattern.compile("listening: (t(?:cp|ls):127\\.0\\.0\\.1:[0-9]+)");

  private final Child child;
  private final String endpoint;

  private ServeProcess(Child child, String endpoint) {
    this.child = child;
    this.endpoint = endpoint;
  }

  /**
   * Starts one and waits until clients can come.
   *
   * @param scheme of where it listens: {@code tcp} or {@code tls}
   */
  static ServeProcess start(Path directory, Path store, String scheme, String... options)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of("--store", store.toString(), "serve"));
    words.addAll(List.of("--listen", scheme + ":127.0.0.1:0"));
    words.addAll(List.of(options));
    Child child = Child.cairn(directory, words.toArray(String[]::new));
    boolean done = false;
    try {
      child.awaitWord("listening: " + scheme);
      Matcher found = LISTENING.matcher(child.said());
      assertTrue(found.find(), child.said());
      ServeProcess serve = new ServeProcess(child, found.group(1));
      done = true;
      return serve;
    } finally {
      if (!done) {
        child.close();
      }
    }
  }

  /** Returns where it listens. */
  String endpoint() {
    return endpoint;
  }

  long pid() {
    return child.pid();
  }

  int port() {
    return Integer.parseInt(endpoint.substring(endpoint.lastIndexOf(':') + 1));
  }

  /** Waits until its log has a line with these words. */
  void awaitWord(String words) throws IOException, InterruptedException {
    child.awaitWord(words);
  }

  @Override
  public void close() {
    child.close();
  }
}

package dev.cairn.tools.qmp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cairn.tools.linux.UnixListener;
import dev.cairn.tools.linux.UnixSocket;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** A QMP server that says what a test tells it to. The script runs in a thread of its own. */
final class FakeQemu implements Closeable {
  static final Duration PATIENCE = Duration.ofSeconds(60);
  static final String GREETING =
      "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 3, \"minor\": 1, \"major\": 11},"
          + " \"package\": \"\"}, \"capabilities\": [\"oob\"]}}";

  /** What it does with a client. */
  @FunctionalInterface
  interface Script {
    void play(Client client) throws Exception;
  }

  private final UnixListener listener;
  private final FutureTask<Boolean> script;
  private final Path path;

  FakeQemu(Path directory, Script script) throws IOException {
    this.path = directory.resolve("qmp");
    this.listener = UnixListener.listen(path);
    this.script =
        new FutureTask<>(
            () -> {
              try (UnixSocket socket = listener.accept(PATIENCE);
                  Client client = new Client(socket)) {
                script.play(client);
              }
              return true;
            });
    Thread.ofPlatform().daemon().name("fake-qemu").start(this.script);
  }

  Path path() {
    return path;
  }

  /** Waits for the script's end; what failed in it fails here. */
  void await() throws Exception {
    script.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }

  /** The client of a script. Not thread-safe. */
  static final class Client implements Closeable {
    private final UnixSocket socket;
    private final Arena arena = Arena.ofShared();
    private final JsonMapper json = new JsonMapper();
    private final MemorySegment one = arena.allocate(1);

    Client(UnixSocket socket) {
      this.socket = socket;
    }

    /** Says a line. */
    void say(String line) throws IOException {
      write(line + "\r\n");
    }

    /** Says something that is no line yet. */
    void write(String text) throws IOException {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      try (Arena call = Arena.ofConfined()) {
        MemorySegment from = call.allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes));
        socket.write(from);
      }
    }

    /** Reads the next command; JSON's null at the end. */
    JsonNode read() throws IOException {
      StringBuilder line = new StringBuilder();
      while (socket.read(one) > 0) {
        char next = (char) one.get(ValueLayout.JAVA_BYTE, 0);
        if (next == '\n') {
          return json.readTree(line.toString());
        }
        line.append(next);
      }
      return json.nullNode();
    }

    /** Greets and lets the client in; returns what it asked for. */
    JsonNode greet() throws IOException {
      say(GREETING);
      JsonNode asked = read();
      answer(asked, "{}");
      return asked;
    }

    /** What is done with a command. */
    @FunctionalInterface
    interface Answer {
      void to(JsonNode command) throws IOException;
    }

    /** Does it with each command, until the client has closed. */
    void serve(Answer answer) throws IOException {
      JsonNode command = read();
      while (!command.isNull()) {
        answer.to(command);
        command = read();
      }
    }

    void refuse(JsonNode command, String kind, String words) throws IOException {
      String error = "{\"class\": \"" + kind + "\", \"desc\": \"" + words + "\"}";
      say("{\"error\": " + error + ", \"id\": " + command.get("id") + "}");
    }

    void answer(JsonNode command, String result) throws IOException {
      say("{\"return\": " + result + ", \"id\": " + command.get("id") + "}");
    }

    void event(String name, int number) throws IOException {
      say("{\"event\": \"" + name + "\", \"data\": {\"n\": " + number + "}}");
    }

    /** Waits until the client has closed. */
    void awaitEnd() throws IOException {
      serve(_ -> {});
    }

    @Override
    public void close() {
      arena.close();
    }
  }
}

package dev.cairn.tests.uffd;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tests.NumberedMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A chain of numbered memory, and servers of its points. Not thread-safe. */
final class UffdStore {
  static final int PAGES = 4096;
  static final int POINTS = 4;

  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path directory;
  private final Path store;
  private final Cli cairn;

  UffdStore(Path directory) throws IOException {
    this.directory = directory;
    this.store = directory.resolve("store");
    this.cairn = new Cli(store);
    cairn.run(0, "init");
    NumberedMemory memory = new NumberedMemory(PAGES);
    Path image = directory.resolve("memory");
    for (int i = 0; i < POINTS; i++) {
      Files.write(image, memory.at(i));
      cairn.run(0, "checkpoint", "vm", "--from", "raw:" + image);
    }
    Files.delete(image);
  }

  Cli cairn() {
    return cairn;
  }

  Path path() {
    return store;
  }

  Path socket() {
    return directory.resolve("s");
  }

  /** Starts a server at {@link #socket}, and waits until it listens. */
  Child serve(String point, String... options) throws IOException, InterruptedException {
    Child server = starts(store, point, options);
    boolean done = false;
    try {
      server.awaitWord("\"message_type\":\"listening\"");
      done = true;
      return server;
    } finally {
      if (!done) {
        server.close();
      }
    }
  }

  /** Starts a server over some store. */
  Child starts(Path from, String point, String... options) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of("--store", from.toString(), "--json", "uffd-serve", point, "--socket"));
    words.add(socket().toString());
    words.addAll(List.of(options));
    return Child.cairn(directory, words.toArray(String[]::new));
  }

  /** Returns what a server has said of a type. */
  static List<JsonNode> said(Child server, String type) throws IOException {
    List<JsonNode> found = new ArrayList<>();
    for (String line : server.said().lines().toList()) {
      if (line.startsWith("{") && line.endsWith("}")) {
        JsonNode node = JSON.readTree(line);
        if (node.path("message_type").asText().equals(type)) {
          found.add(node);
        }
      }
    }
    return found;
  }

  /** Waits until a server has said something so often. */
  static void await(Child server, String type, int count) throws IOException, InterruptedException {
    long end = System.nanoTime() + DEADLINE_NANOS;
    while (said(server, type).size() < count) {
      assertTrue(System.nanoTime() < end, type + " in time; it said: " + server.said());
      assertTrue(!server.hasEndedWithin(10_000), "the server lives; it said: " + server.said());
    }
  }

  /** Returns the keeper of this door, if there is one. */
  List<ProcessHandle> keepers() {
    return ProcessHandle.allProcesses().filter(process -> isKeeper(process, socket())).toList();
  }

  private static boolean isKeeper(ProcessHandle process, Path socket) {
    try {
      String line = Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
      return line.contains("uffd.KeeperMain") && line.contains(socket.toString() + "\0");
    } catch (IOException e) {
      return false; // it has ended
    }
  }

  /** Waits until the keeper has ended, and has taken the door with it. */
  void awaitNoDoor() throws InterruptedException {
    long end = System.nanoTime() + DEADLINE_NANOS;
    while (!keepers().isEmpty() || Files.exists(socket())) {
      assertTrue(System.nanoTime() < end, "the keeper ends in time");
      Thread.onSpinWait();
    }
  }

  /** Kills what a failed test has left behind. */
  void killKeepers() {
    for (ProcessHandle keeper : keepers()) {
      keeper.destroyForcibly();
      keeper.onExit().orTimeout(60, TimeUnit.SECONDS).join();
    }
  }
}

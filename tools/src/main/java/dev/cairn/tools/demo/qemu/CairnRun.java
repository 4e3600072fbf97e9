package dev.cairn.tools.demo.qemu;

import dev.cairn.tools.Cairn;
import dev.cairn.tools.demo.DemoConsole;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A command of Cairn as a user types it, in a process of its own; what it says is shown. */
final class CairnRun {
  private static final long PATIENCE_MILLIS = 120_000;

  /** Directories. Immutable. */
  record Place(Path store, Path temporary) {}

  private final Process process;
  private final List<String> lines = Collections.synchronizedList(new ArrayList<>());
  private final Thread reader;

  private CairnRun(Process process, DemoConsole console) {
    this.process = process;
    this.reader = Thread.ofVirtual().start(() -> read(console));
  }

  /**
   * Starts one.
   *
   * @param place of the store, and for what one that is killed leaves
   * @param words behind {@code cairn --store STORE}
   */
  static CairnRun start(Children children, DemoConsole console, Place place, List<String> words)
      throws IOException {
    console.line("$ cairn " + String.join(" ", words));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmx512m", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("--add-opens", "java.base/jdk.internal.misc=ALL-UNNAMED"));
    command.add("-Djava.io.tmpdir=" + place.temporary);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Cairn.class.getName()));
    command.addAll(List.of("--store", place.store.toString()));
    command.addAll(words);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectInput(new File("/dev/null"));
    return new CairnRun(children.start(builder), console);
  }

  private void read(DemoConsole console) {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        lines.add(line);
        console.line(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Returns what it has said. */
  List<String> lines() {
    synchronized (lines) {
      return List.copyOf(lines);
    }
  }

  /** Waits for its end and returns its exit code. */
  int await() throws IOException {
    if (!Children.await(process, PATIENCE_MILLIS)) {
      process.destroyForcibly();
      throw new IOException("cairn, process " + pid() + ": no end within two minutes");
    }
    join();
    return process.exitValue();
  }

  /** Kills it: it can do nothing about that. */
  void kill() throws IOException {
    process.destroyForcibly();
    Children.await(process, PATIENCE_MILLIS);
    join();
  }

  private void join() throws IOException {
    try {
      reader.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}

package dev.cairn.tests.guardian;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.tests.Child;
import dev.cairn.tests.qemu.Guest;
import dev.cairn.tools.Cairn;
import dev.cairn.tools.capture.AttachFile;
import dev.cairn.tools.guardian.GuardianMain;
import dev.cairn.tools.linux.Pidfd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code cairn capture} as a process of its own, with its guardian: to be killed. Closing it ends
 * both. Not thread-safe.
 */
final class RealCapture implements AutoCloseable {
  static final String CHAIN = "vm";

  /** What it says when the guardian watches and the settings are changed. */
  static final String BEGAN = "\"message_type\":\"mode\"";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final AttachFile file;
  private final Child child;
  private final Pidfd handle;

  private RealCapture(AttachFile file, Child child, Pidfd handle) {
    this.file = file;
    this.child = child;
    this.handle = handle;
  }

  /**
   * Starts one; what a killed one leaves outside its store lies in the directory, too.
   *
   * @param directory that has a store of that name
   */
  static RealCapture start(Path directory, Path qmp, String... more) throws IOException {
    Path store = directory.resolve("store");
    List<String> options =
        List.of(
            "-Djava.io.tmpdir=" + directory,
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx128m");
    List<String> command = new ArrayList<>();
    command.addAll(List.of("--store", store.toString(), "--json"));
    command.addAll(List.of("capture", CHAIN, "--qmp", "unix:" + qmp));
    command.addAll(List.of(more));
    Child child = Child.java(directory, options, Cairn.class, command.toArray(String[]::new));
    try {
      return new RealCapture(AttachFile.of(store, CHAIN), child, Pidfd.open(child.pid()));
    } catch (IOException e) {
      child.close();
      throw e;
    }
  }

  Child child() {
    return child;
  }

  Pidfd handle() {
    return handle;
  }

  /**
   * Kills it, or stops it, and waits until none of its threads runs any more: a signal is sent
   * before it is obeyed, and what would lead on may come in between.
   */
  void strike(int signal) throws IOException, InterruptedException {
    handle.signal(signal);
    long end = System.nanoTime() + Guest.PATIENCE.toNanos();
    while (handle.isAlive() && (signal == Pidfd.SIGKILL || runs())) {
      assertTrue(System.nanoTime() < end, () -> "in time signal " + signal + " is obeyed");
      Thread.sleep(1);
    }
  }

  private boolean runs() {
    Path process = Path.of("/proc/" + child.pid());
    try (Stream<Path> threads = Files.list(process.resolve("task"))) {
      for (Path thread : threads.toList()) {
        String line = Files.readString(thread.resolve("stat"), StandardCharsets.ISO_8859_1);
        char state = line.charAt(line.lastIndexOf(')') + 2);
        if ("TZX".indexOf(state) < 0) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      return true; // a thread has just ended: it is looked at again
    }
  }

  /** Waits until it has said something; false if it ends before that. */
  boolean says(String word) throws IOException, InterruptedException {
    return saysMore(word, 0);
  }

  /** Waits until it has said something once more than so often; false if it ends before that. */
  boolean saysMore(String word, int times) throws IOException, InterruptedException {
    long end = System.nanoTime() + Guest.PATIENCE.toNanos();
    while (times(word) <= times) {
      assertTrue(System.nanoTime() < end, () -> "in time it says " + word + "; " + said());
      if (child.hasEndedWithin(10_000)) {
        return times(word) > times;
      }
    }
    return true;
  }

  int times(String word) throws IOException {
    return child.said().split(word, -1).length - 1;
  }

  /** Returns the lines of JSON of a type; the last one may be cut off where it was killed. */
  List<JsonNode> lines(String type) throws IOException {
    String text = child.said();
    List<JsonNode> lines = new ArrayList<>();
    for (String line :
        text.substring(0, text.lastIndexOf('\n') + 1)
            .lines()
            .filter(line -> line.startsWith("{\"message_type\":\"" + type + "\""))
            .toList()) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  /** Returns the number of the newest point that it has told of; -1 for none. */
  long newestPoint() throws IOException {
    List<JsonNode> points = lines("point");
    return points.isEmpty() ? -1 : points.getLast().path("checkpoint").asLong();
  }

  /** Returns the guardians that live, of whichever capture of this store. */
  List<Long> guardians() throws IOException {
    List<Long> guardians = new ArrayList<>();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path process : processes.toList()) {
        String name = String.valueOf(process.getFileName());
        if (name.matches("[0-9]+") && isGuardian(process)) {
          guardians.add(Long.valueOf(name));
        }
      }
    }
    return guardians;
  }

  private boolean isGuardian(Path process) {
    try {
      String words = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
      return words.contains("\0" + GuardianMain.class.getName() + "\0" + file.path() + "\0");
    } catch (IOException e) {
      return false; // it has just ended
    }
  }

  /** Returns its guardian, which lives. */
  Pidfd guardian() throws IOException {
    return Pidfd.open(guardians().getLast());
  }

  /** Waits until no guardian lives. */
  void awaitNoGuardian() throws IOException, InterruptedException {
    for (long guardian : guardians()) {
      try (Pidfd one = Pidfd.open(guardian)) {
        assertTrue(one.awaitEnd(Guest.PATIENCE), () -> "the guardian ends; " + said());
      } catch (IOException e) {
        // It has ended by itself before it was looked at.
      }
    }
  }

  boolean hasAttachFile() {
    return Files.exists(file.path());
  }

  String said() {
    try {
      return child.said();
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Override
  public void close() throws IOException {
    child.close();
    handle.close();
    for (long guardian : guardians()) {
      try (Pidfd one = Pidfd.open(guardian)) {
        one.signal(Pidfd.SIGKILL);
      } catch (IOException e) {
        // It has ended by itself meanwhile.
      }
    }
  }
}

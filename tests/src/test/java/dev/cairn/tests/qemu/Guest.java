package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tools.linux.Pidfd;
import dev.cairn.tools.qmp.Qmp;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A running QEMU with a guest that counts. Closing it kills and reaps it, and deletes its
 * directory. Not thread-safe.
 */
public final class Guest implements AutoCloseable {
  /** For everything that is waited for; no test is about time. */
  public static final Duration PATIENCE = Duration.ofMinutes(2);

  static final String SERIAL = "serial";
  static final String QMP = "qmp";
  private static final String ERRORS = "errors";
  private static final Pattern COUNT = Pattern.compile("COUNT ([0-9]+) (.*)");

  private final Path directory;
  private final Process process;
  private final Pidfd handle;

  /** For a test run that is told to end. */
  private final Thread lastWill;

  private Guest(Path directory, Process process, Pidfd handle) {
    this.directory = directory;
    this.process = process;
    this.handle = handle;
    this.lastWill = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(lastWill);
  }

  /**
   * Begins to say how one is started.
   *
   * @param version as in {@link Lab}
   */
  public static GuestSetup of(String version) {
    return new GuestSetup(version);
  }

  static Guest start(Path directory, List<String> command)
      throws IOException, InterruptedException {
    Files.createFile(directory.resolve(SERIAL));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve(ERRORS).toFile())
            .start();
    try {
      process.getOutputStream().close();
      Guest guest = new Guest(directory, process, Pidfd.open(process.pid()));
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (!Files.exists(guest.socket())) {
        guest.pause("QEMU opens its QMP socket", end);
      }
      return guest;
    } catch (IOException | InterruptedException | AssertionError e) {
      process.destroyForcibly().waitFor();
      throw e;
    }
  }

  static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(directory);
  }

  public long pid() {
    return process.pid();
  }

  /** Returns the directory of this guest's sockets and files, 0700; further files may lie there. */
  public Path directory() {
    return directory;
  }

  /** Returns the path of the QMP socket. */
  public Path socket() {
    return directory.resolve(QMP);
  }

  /** Connects to the QMP socket; it must be free, or become so. */
  public Qmp qmp() throws IOException, InterruptedException {
    return qmp(socket());
  }

  /** The same with another socket that QEMU was told to open for QMP. */
  Qmp qmp(Path monitor) throws IOException, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return Qmp.connect(monitor, PATIENCE);
      } catch (ConnectException e) {
        pause("QEMU listens for QMP", end); // the name is there a moment before
      }
    }
  }

  /** Executes one command over a connection of its own. */
  public JsonNode execute(String command, Map<String, ?> arguments)
      throws IOException, InterruptedException {
    try (Qmp qmp = qmp()) {
      return qmp.execute(command, arguments, PATIENCE);
    }
  }

  /** Returns what the guest has said, whole lines. */
  public List<String> lines() throws IOException {
    String text = Files.readString(directory.resolve(SERIAL), StandardCharsets.ISO_8859_1);
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().map(String::strip).toList();
  }

  /** Returns the numbers that it has counted, in its order. */
  public List<Integer> counts() throws IOException {
    List<Integer> counts = new ArrayList<>();
    for (String line : lines()) {
      Matcher matcher = COUNT.matcher(line);
      if (matcher.matches()) {
        assertTrue(!matcher.group(2).contains("BAD"), () -> "the guest's own check: " + line);
        counts.add(Integer.valueOf(matcher.group(1)));
      }
    }
    return counts;
  }

  /** Returns the newest number, 0 for none. */
  public int count() throws IOException {
    List<Integer> counts = counts();
    return counts.isEmpty() ? 0 : counts.getLast();
  }

  /** Waits until it has counted to there, and returns what it has counted to. */
  public int awaitCount(int atLeast) throws IOException, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    int count;
    while ((count = count()) < atLeast) {
      pause("the guest counts to " + atLeast, end);
    }
    return count;
  }

  /** Waits for a number that comes after now: the guest runs. */
  public int awaitNextCount() throws IOException, InterruptedException {
    return awaitCount(count() + 1);
  }

  /** Checks that no number was left out or came twice: the memory is that of one moment. */
  public void assertUnbroken() throws IOException {
    List<Integer> counts = counts();
    for (int i = 1; i < counts.size(); i++) {
      assertEquals(counts.get(i - 1) + 1, counts.get(i), () -> "the guest counts on: " + counts);
    }
  }

  /** Waits a moment for a condition; fails if the time is over, or QEMU has ended. */
  private void pause(String condition, long end) throws IOException, InterruptedException {
    if (System.nanoTime() > end) {
      fail("in time " + condition + "; " + said());
    }
    if (process.waitFor(10, TimeUnit.MILLISECONDS)) {
      fail("QEMU lives until " + condition + "; exit code " + process.exitValue() + "; " + said());
    }
  }

  /** Returns what QEMU and the end of what the guest said, for messages. */
  public String said() throws IOException {
    List<String> lines = lines();
    return "QEMU said: "
        + Files.readString(directory.resolve(ERRORS))
        + "; the guest: "
        + lines.subList(Math.max(0, lines.size() - 10), lines.size());
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Waits for its end, and returns the exit code. */
  public int await() {
    process.onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    return process.exitValue();
  }

  /** Stops it, until {@link #resume}. */
  public void suspend() throws IOException {
    handle.signal(Pidfd.SIGSTOP);
  }

  public void resume() throws IOException {
    handle.signal(Pidfd.SIGCONT);
  }

  /** Kills it, and reaps it. */
  public void kill() {
    process.destroyForcibly();
    await();
  }

  @Override
  public void close() throws IOException {
    try (handle) {
      kill();
      Runtime.getRuntime().removeShutdownHook(lastWill);
    } finally {
      delete(directory);
    }
  }
}

package dev.cairn.tools.demo.qemu;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A QEMU whose guest counts, and compares its memory with what it must be ({@code guest.S}). Not
 * thread-safe.
 */
final class CountingGuest {
  static final int LEAST_MIB = 64;

  private static final Pattern COUNT = Pattern.compile("COUNT (\\d+) bad (\\d+)");
  private static final long STEP_MILLIS = 20;
  private static final long PATIENCE_MILLIS = 60_000;

  private final Process process;
  private final Path serial;
  private final Path qmp;
  private final Path log;

  private CountingGuest(Process process, Path serial, Path qmp, Path log) {
    this.process = process;
    this.serial = serial;
    this.qmp = qmp;
    this.log = log;
  }

  /**
   * Starts one.
   *
   * @param program QEMU for x86
   * @param directory for its socket and what it says; short
   * @param incoming whether it waits for what comes
   */
  static CountingGuest start(
      Children children, Path program, Path directory, long memoryBytes, boolean incoming)
      throws IOException {
    Path firmware = directory.resolve("guest.bin");
    if (!Files.exists(firmware)) {
      try (InputStream in = CountingGuest.class.getResourceAsStream("guest.bin")) {
        if (in == null) {
          throw new IOException("the guest's firmware is not in this build");
        }
        Files.copy(in, firmware);
      }
    }
    String name = incoming ? "b" : "a";
    Path serial = directory.resolve(name + ".serial");
    Path qmp = directory.resolve(name + ".qmp");
    Path log = directory.resolve(name + ".log");
    List<String> command =
        new ArrayList<>(
            List.of(
                program.toString(),
                "-accel",
                "tcg",
                "-machine",
                "q35",
                "-cpu",
                "qemu64",
                "-m",
                (memoryBytes >> 20) + "M",
                "-bios",
                firmware.toString()));
    command.addAll(List.of("-nodefaults", "-display", "none", "-serial", "file:" + serial));
    command.addAll(List.of("-qmp", "unix:" + qmp + ",server=on,wait=off"));
    if (incoming) {
      command.addAll(List.of("-incoming", "defer"));
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectInput(new File("/dev/null")).redirectOutput(log.toFile());
    CountingGuest guest = new CountingGuest(children.start(builder), serial, qmp, log);
    guest.until("its monitor is there", () -> Files.exists(qmp));
    return guest;
  }

  /** Returns what {@code --version} says, such as {@code QEMU emulator version 11.1.3}. */
  static String version(Children children, Path program) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(program.toString(), "--version").redirectErrorStream(true);
    Process process = children.start(builder);
    try (InputStream in = process.getInputStream()) {
      String said = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      if (!Children.await(process, PATIENCE_MILLIS) || process.exitValue() != 0) {
        throw new IOException(program + " --version: " + said.strip());
      }
      return said.lines().findFirst().orElse("");
    }
  }

  private interface Condition {
    boolean holds() throws IOException;
  }

  private void until(String what, Condition condition) throws IOException {
    long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
    while (!condition.holds()) {
      if (Children.await(process, STEP_MILLIS)) {
        throw new IOException("QEMU has ended before " + what + ": " + Files.readString(log));
      }
      if (System.nanoTime() > end) {
        throw new IOException("QEMU: not within a minute: " + what);
      }
    }
  }

  /** Returns its QMP socket as options have it. */
  String monitor() {
    return "unix:" + qmp;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Ends it. */
  void kill() throws IOException {
    process.destroyForcibly();
    Children.await(process, PATIENCE_MILLIS);
  }

  /** Returns all that it has counted. */
  List<Integer> counts() throws IOException {
    List<Integer> counts = new ArrayList<>();
    Matcher matcher = COUNT.matcher(said());
    while (matcher.find()) {
      counts.add(Integer.parseInt(matcher.group(1)));
    }
    return counts;
  }

  /** Returns the last number that it has counted; 0 for none. */
  int count() throws IOException {
    List<Integer> counts = counts();
    return counts.isEmpty() ? 0 : counts.getLast();
  }

  /** Returns how many words of its memory it found to be wrong, ever. */
  long bad() throws IOException {
    long bad = 0;
    Matcher matcher = COUNT.matcher(said());
    while (matcher.find()) {
      bad = Long.parseLong(matcher.group(2));
    }
    return bad;
  }

  /** Tells whether it left no number out and counted none twice. */
  boolean isUnbroken() throws IOException {
    List<Integer> counts = counts();
    for (int i = 1; i < counts.size(); i++) {
      if (counts.get(i) != counts.get(i - 1) + 1) {
        return false;
      }
    }
    return true;
  }

  private String said() throws IOException {
    if (!Files.exists(serial)) {
      return "";
    }
    String text = Files.readString(serial, StandardCharsets.US_ASCII);
    return text.substring(0, text.lastIndexOf('\n') + 1);
  }

  /** Waits until it has counted so often since it was started, here. */
  void awaitCounts(int number) throws IOException {
    until("the guest counts", () -> counts().size() >= number);
  }

  /** Returns its last numbers, as a person reads them. */
  String tail() throws IOException {
    List<Integer> counts = counts();
    List<String> last =
        counts.subList(Math.max(0, counts.size() - 6), counts.size()).stream()
            .map(String::valueOf)
            .toList();
    return last.isEmpty() ? "nothing yet" : String.join(" ", Collections.unmodifiableList(last));
  }
}

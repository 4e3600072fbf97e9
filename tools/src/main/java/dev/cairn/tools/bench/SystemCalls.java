package dev.cairn.tools.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * Counts the system calls of processes by the kernel's tracepoint {@code raw_syscalls:sys_enter}:
 * every one, whatever library makes it. Root may, where tracefs is mounted and nobody else traces;
 * elsewhere nothing is counted. Not thread-safe.
 */
final class SystemCalls {
  private static final Path TRACING = Path.of("/sys/kernel/tracing");
  private static final Path EVENT = TRACING.resolve("events/raw_syscalls/sys_enter/enable");

  private final List<Long> processes;
  private final boolean counts;

  SystemCalls(List<Long> processes) {
    this.processes = processes;
    counts = Files.isWritable(EVENT) && isIdle();
  }

  /** Tells whether nobody traces: what he sees is not ours to change. */
  private static boolean isIdle() {
    try {
      return Files.readString(TRACING.resolve("events/enable")).strip().equals("0")
          && Files.readString(TRACING.resolve("set_event_pid")).isBlank();
    } catch (IOException e) {
      return false;
    }
  }

  void begin() throws IOException {
    if (!counts) {
      return;
    }
    StringBuilder threads = new StringBuilder();
    for (long process : processes) {
      try (DirectoryStream<Path> tasks =
          Files.newDirectoryStream(Path.of("/proc/" + process + "/task"))) {
        tasks.forEach(task -> threads.append(task.getFileName()).append(' '));
      }
    }
    put(TRACING.resolve("trace"), "");
    put(TRACING.resolve("set_event_pid"), threads.toString());
    put(TRACING.resolve("options/event-fork"), "1"); // threads that come meanwhile
    put(EVENT, "1");
  }

  /** Returns how many there were since begin; empty if they cannot be counted. */
  OptionalLong end() throws IOException {
    if (!counts) {
      return OptionalLong.empty();
    }
    put(EVENT, "0");
    long all = 0;
    try (Stream<Path> cpus = Files.list(TRACING.resolve("per_cpu"))) {
      all = cpus.mapToLong(cpu -> entries(cpu.resolve("stats"))).sum();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    put(TRACING.resolve("options/event-fork"), "0");
    put(TRACING.resolve("set_event_pid"), "");
    put(TRACING.resolve("trace"), "");
    return OptionalLong.of(all);
  }

  /** What is in the buffer, and what was in it and had to make room. */
  private static long entries(Path stats) {
    try (Stream<String> lines = Files.lines(stats, StandardCharsets.US_ASCII)) {
      return lines
          .filter(line -> line.startsWith("entries:") || line.startsWith("overrun:"))
          .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
          .sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void put(Path file, String text) throws IOException {
    // Written in place, cut to nothing first: so tracefs takes what was there before away.
    Files.writeString(file, text + "\n");
  }
}

package dev.cairn.tools.bench;

import java.io.Closeable;
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
 * every one, whatever library makes it. In a tracing instance of its own, so that nobody else who
 * traces sees it or is disturbed; gone at the end. Root may, where tracefs is mounted; elsewhere
 * nothing is counted. Not thread-safe.
 */
final class SystemCalls implements Closeable {
  private static final Path INSTANCES = Path.of("/sys/kernel/tracing/instances");
  private static final String EVENT = "events/raw_syscalls/sys_enter/enable";

  private final List<Long> processes;
  private final boolean counts;
  private final Path instance = INSTANCES.resolve("cairn-bench-" + ProcessHandle.current().pid());

  SystemCalls(List<Long> processes) {
    this.processes = processes;
    counts = Files.isWritable(INSTANCES);
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
    Files.createDirectory(instance);
    put("set_event_pid", threads.toString());
    put("options/event-fork", "1"); // threads that come meanwhile
    put(EVENT, "1");
  }

  /** Returns how many there were since begin; empty if they cannot be counted. */
  OptionalLong end() throws IOException {
    if (!counts) {
      return OptionalLong.empty();
    }
    put(EVENT, "0");
    try (Stream<Path> cpus = Files.list(instance.resolve("per_cpu"))) {
      return OptionalLong.of(cpus.mapToLong(cpu -> entries(cpu.resolve("stats"))).sum());
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** The kernel takes all of the instance with its directory. */
  @Override
  public void close() throws IOException {
    if (counts) {
      Files.deleteIfExists(instance);
    }
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

  private void put(String file, String text) throws IOException {
    // Written in place, cut to nothing first: so tracefs takes what was there before away.
    Files.writeString(instance.resolve(file), text + "\n");
  }
}

package dev.cairn.tools.bench;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/**
 * What processes have cost so far: CPU time of user and system by {@code /proc/PID/stat}, and
 * system calls where the kernel lets them be counted ({@link SystemCalls}). Not thread-safe.
 */
final class Meter implements Closeable {
  /** {@code USER_HZ}, the same on every Linux that Java 25 runs on. */
  private static final double TICKS = 100;

  /** Fields of stat behind the name of the program, which may hold anything. */
  private static final int USER_AT = 11;

  private final List<Long> processes;
  private final SystemCalls calls;
  private double cpuBefore;
  private double cpu;
  private OptionalLong called = OptionalLong.empty();

  /** Measures both sides of a link. */
  Meter(List<Long> processes) {
    this.processes = List.copyOf(processes);
    calls = new SystemCalls(this.processes);
  }

  void begin() throws IOException {
    calls.begin();
    cpuBefore = cpuSeconds();
  }

  void end() throws IOException {
    cpu = cpuSeconds() - cpuBefore;
    called = calls.end();
  }

  /** Returns what so many bytes took between begin and end. */
  Cost of(double rate, long bytes) {
    double gib = bytes / (double) (1L << 30);
    double mib = bytes / (double) (1L << 20);
    return new Cost(
        rate,
        bytes == 0 ? Double.NaN : cpu / gib,
        called.isEmpty() || bytes == 0 ? Double.NaN : called.getAsLong() / mib);
  }

  /** Leaves nothing behind, whether it was measured or not. */
  @Override
  public void close() throws IOException {
    calls.close();
  }

  private double cpuSeconds() throws IOException {
    long ticks = 0;
    for (long process : processes) {
      String stat =
          Files.readString(Path.of("/proc/" + process + "/stat"), StandardCharsets.ISO_8859_1);
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      ticks += Long.parseLong(fields[USER_AT]) + Long.parseLong(fields[USER_AT + 1]);
    }
    return ticks / TICKS;
  }

  /**
   * What moving bytes takes; NaN is not known.
   *
   * @param rate bytes a second
   * @param cpuSeconds for each GiB, of both sides, user and system
   * @param calls system calls for each MiB, of both sides
   */
  record Cost(double rate, double cpuSeconds, double calls) {}
}

package dev.cairn.tools.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures the memory of a process that stores three whole images of a sparse 64 GiB machine and
 * restores one. Its heap is limited to the bar, so that a process that needs more fails.
 */
public final class MemoryBench implements Bench {
  private static final long MIB = 1 << 20;
  private static final long HEAP_BYTES = 64 * MIB + MemoryChild.RAM_PAGES / 4;
  private static final long NATIVE_BYTES = 64 * MIB;

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public void run(Workbench bench, Rows rows) throws IOException {
    Path directory = bench.file("memory");
    Files.createDirectory(directory);
    Path log = bench.file("memory.log");
    String idle = Children.run(log, command(List.of()));
    String busy = Children.run(log, command(List.of(directory.toString())));
    long heap = number(busy, "heap");
    long resident = number(busy, "resident");
    long idleResident = number(idle, "resident");
    rows.add(
        Row.atMost(
            "store and restore 64 GiB, sparse: peak heap",
            mib(heap),
            mib(HEAP_BYTES),
            (double) heap / HEAP_BYTES,
            1));
    rows.add(
        Row.atMost(
            "  resident above an idle JVM (bar: heap + 64 MiB off-heap)",
            mib(resident - idleResident),
            mib(HEAP_BYTES + NATIVE_BYTES),
            (double) (resident - idleResident) / (HEAP_BYTES + NATIVE_BYTES),
            1));
    rows.add(
        Row.note("  resident in all, and an idle JVM's", mib(resident) + ", " + mib(idleResident)));
  }

  private static List<String> command(List<String> arguments) {
    List<String> options = List.of("-XX:+UseSerialGC", "-Xmx" + HEAP_BYTES / 1024 + "k");
    List<String> command = new ArrayList<>(Children.java(options, MemoryChild.class.getName()));
    command.addAll(arguments);
    return command;
  }

  private static long number(String output, String word) throws IOException {
    return output
        .lines()
        .filter(line -> line.startsWith(word + " "))
        .mapToLong(line -> Long.parseLong(line.substring(word.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new IOException("no " + word + " in " + output));
  }

  private static String mib(long bytes) {
    return String.format("%.0f MiB", (double) bytes / MIB);
  }
}

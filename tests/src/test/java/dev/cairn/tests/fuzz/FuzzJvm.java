package dev.cairn.tests.fuzz;

import java.util.List;

/**
 * What a JVM that reads hostile bytes may have of memory: too little for what a hostile number may
 * ask for. More is an {@link OutOfMemoryError} where it is asked for.
 */
final class FuzzJvm {
  private FuzzJvm() {}

  /**
   * Returns the options of such a JVM. {@code -XX:MaxDirectMemorySize} would not do: the memory of
   * an arena is not counted there; by {@code MallocLimit} it is, and that of direct buffers, too.
   *
   * @param nativeKiB memory that Java code may have outside the heap
   */
  static List<String> options(int nativeKiB) {
    return List.of(
        "-Xmx512m",
        "-XX:NativeMemoryTracking=summary",
        "-XX:+UnlockDiagnosticVMOptions",
        "-XX:MallocLimit=other:" + nativeKiB + "k:oom");
  }
}

package dev.cairn.tests.kill;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Starts a process as native code does: it inherits every descriptor that is not close-on-exec. The
 * JDK's own way to start one closes them all, and would hide one that is inherited.
 */
final class NativeChild {
  private static final String COMMAND = "sleep 300 </dev/null >/dev/null 2>&1 & echo spawned $!";

  private NativeChild() {}

  /** Starts it; it says its process id to our standard output. */
  @SuppressWarnings("restricted")
  static void start() {
    Linker linker = Linker.nativeLinker();
    MethodHandle system =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("system"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      int result = (int) system.invokeExact(arena.allocateFrom(COMMAND));
      if (result != 0) {
        throw new IllegalStateException("system: " + result);
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}

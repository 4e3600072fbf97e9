package dev.cairn.tests.kill;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * Starts a process as native code does: it inherits every descriptor that is not close-on-exec. The
 * JDK's own way to start one closes them all, and would hide one that is inherited.
 */
final class NativeChild {
  /** It ends soon after the directory is gone, whatever became of those who started it. */
  private static final String COMMAND =
      "(i=0; while [ -d '%s' ] && [ $i -lt 1500 ]; do sleep 0.2; i=$((i+1)); done)"
          + " </dev/null >/dev/null 2>&1 & echo spawned $!";

  private NativeChild() {}

  /**
   * Starts it; it says its process id to our standard output.
   *
   * @param place a directory as long as which it lives, at most five minutes
   */
  @SuppressWarnings("restricted")
  static void start(Path place) {
    Linker linker = Linker.nativeLinker();
    MethodHandle system =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("system"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      int result = (int) system.invokeExact(arena.allocateFrom(COMMAND.formatted(place)));
      if (result != 0) {
        throw new IllegalStateException("system: " + result);
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}

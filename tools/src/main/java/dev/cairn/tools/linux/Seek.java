package dev.cairn.tools.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Owns the native calls that find holes in a file. Immutable.
 *
 * <p>Each returns what the call returned, or the negated errno, as the kernel itself does. Numbers
 * are those of Linux: {@code include/uapi/linux/fs.h}, {@code stat.h}, {@code asm-generic/fcntl.h}.
 */
final class Seek {
  static final int SEEK_DATA = 3;
  static final int SEEK_HOLE = 4;

  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC_STATS = 0x7ff;

  /** {@code struct statx} is 256 bytes on every machine, and has its fields at the same places. */
  private static final long STATX_BYTES = 256;

  private static final long STATX_BLKSIZE = 4;
  private static final long STATX_BLOCKS = 48;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private static final MethodHandle LSEEK =
      LinuxCalls.handle("lseek", FunctionDescriptor.of(LONG, INT, LONG, INT));
  private static final MethodHandle STATX =
      LinuxCalls.handle(
          "statx",
          FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT, INT, ValueLayout.ADDRESS));

  /**
   * What a file takes on its file system.
   *
   * @param allocatedBytes on disk
   * @param blockBytes that the file system prefers to allocate at once
   */
  record Use(long allocatedBytes, long blockBytes) {}

  private Seek() {}

  /**
   * Why native: the JDK does not know SEEK_DATA and SEEK_HOLE. Safe: takes three numbers; the
   * caller owns the descriptor until the call returns, and nobody reads by its position, so threads
   * do not disturb each other.
   */
  static long seek(int fd, long offset, int whence) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(LinuxCalls.STATE);
      return LinuxCalls.result((long) LSEEK.invokeExact(state, fd, offset, whence), state);
    } catch (Throwable e) {
      throw LinuxCalls.unexpected(e);
    }
  }

  /**
   * Why native: the JDK does not tell how many blocks a file has. Safe: the buffer has the size of
   * {@code struct statx} and lives for the call; the path is an empty string of our own.
   *
   * @throws IllegalStateException if the kernel refuses, which it does not for an open file
   */
  static Use use(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(LinuxCalls.STATE);
      MemorySegment path = arena.allocateFrom("");
      MemorySegment found = arena.allocate(STATX_BYTES, Long.BYTES);
      long result =
          LinuxCalls.result(
              (int) STATX.invokeExact(state, fd, path, AT_EMPTY_PATH, STATX_BASIC_STATS, found),
              state);
      if (result < 0) {
        throw new IllegalStateException("statx: errno " + -result);
      }
      return new Use(
          found.get(LONG, STATX_BLOCKS) * 512,
          Integer.toUnsignedLong(found.get(INT, STATX_BLKSIZE)));
    } catch (Throwable e) {
      throw LinuxCalls.unexpected(e);
    }
  }
}

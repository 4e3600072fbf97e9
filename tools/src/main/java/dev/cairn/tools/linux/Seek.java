package dev.cairn.tools.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;

/**
 * Owns the native calls that find holes in a file. Immutable.
 *
 * <p>Each returns what the call returned, or the negated errno, as the kernel itself does. Numbers
 * are those of Linux: {@code include/uapi/linux/fs.h}, {@code stat.h}, {@code asm-generic/fcntl.h}.
 */
final class Seek {
  static final int SEEK_DATA = 3;
  static final int SEEK_HOLE = 4;

  static final int ENOENT = 2;
  static final int EINTR = 4;
  static final int ENXIO = 6;
  static final int EACCES = 13;
  static final int EINVAL = 22;

  private static final int O_RDONLY = 0;
  private static final int O_NONBLOCK = 0x800;
  private static final int O_CLOEXEC = 0x8_0000;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC_STATS = 0x7ff;

  /** {@code struct statx} is 256 bytes on every machine, and has its fields at the same places. */
  private static final long STATX_BYTES = 256;

  private static final long STATX_BLKSIZE = 4;
  private static final long STATX_BLOCKS = 48;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  // Variadic in C, so the third argument is declared as such: on some ABIs it travels otherwise.
  private static final MethodHandle OPEN =
      handle(
          "open",
          FunctionDescriptor.of(INT, ValueLayout.ADDRESS, INT, INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle LSEEK =
      handle("lseek", FunctionDescriptor.of(LONG, INT, LONG, INT));
  private static final MethodHandle CLOSE = handle("close", FunctionDescriptor.of(INT, INT));
  private static final MethodHandle STATX =
      handle(
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
   * Opens for reading; a FIFO does not block it. Why native: {@code FileChannel} does not give its
   * descriptor to {@link #seek}. Safe: the path is a NUL-terminated copy that lives for the call;
   * the kernel only reads it.
   */
  static int open(String path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment cPath = arena.allocateFrom(path, StandardCharsets.UTF_8);
      int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
      return (int) result((int) OPEN.invokeExact(state, cPath, flags, 0), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Why native: the JDK does not know SEEK_DATA and SEEK_HOLE. Safe: takes three numbers; the
   * caller owns the descriptor until the call returns, and nobody reads by its position, so threads
   * do not disturb each other.
   */
  static long seek(int fd, long offset, int whence) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return result((long) LSEEK.invokeExact(state, fd, offset, whence), state);
    } catch (Throwable e) {
      throw unexpected(e);
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
      MemorySegment state = arena.allocate(STATE);
      MemorySegment path = arena.allocateFrom("");
      MemorySegment found = arena.allocate(STATX_BYTES, Long.BYTES);
      long result =
          result(
              (int) STATX.invokeExact(state, fd, path, AT_EMPTY_PATH, STATX_BASIC_STATS, found),
              state);
      if (result < 0) {
        throw new IllegalStateException("statx: errno " + -result);
      }
      return new Use(
          found.get(LONG, STATX_BLOCKS) * 512,
          Integer.toUnsignedLong(found.get(INT, STATX_BLKSIZE)));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Why native: {@link #open} made a descriptor that the JDK does not know. Safe: {@link
   * SparseFile} calls it once; it is not repeated after EINTR, as Linux has freed the number by
   * then.
   */
  static int close(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return (int) result((int) CLOSE.invokeExact(state, fd), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static long result(long returned, MemorySegment state) {
    return returned >= 0 ? returned : -(int) ERRNO.get(state, 0L);
  }

  /** Restricted, as a wrong descriptor crashes the JVM: each is checked against its man page. */
  @SuppressWarnings("restricted")
  private static MethodHandle handle(
      String symbol, FunctionDescriptor type, Linker.Option... options) {
    Linker.Option[] all = new Linker.Option[options.length + 1];
    all[0] = Linker.Option.captureCallState("errno");
    System.arraycopy(options, 0, all, 1, options.length);
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(symbol), type, all);
  }

  private static RuntimeException unexpected(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
  }
}

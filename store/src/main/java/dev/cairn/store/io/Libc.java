package dev.cairn.store.io;

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
 * Owns the native calls of this module: the system calls for which the JDK has no equal. Immutable.
 *
 * <p>Each returns what the call returned, or the negated errno, as the kernel itself does. Not
 * jnr-posix: it has no linkat, and it reads errno in a second call, by which time a virtual thread
 * may run on another carrier; {@code captureCallState} reads it within the call.
 *
 * <p>Numbers are those of Linux, {@code include/uapi/asm-generic/fcntl.h} and {@code errno-base.h}.
 */
final class Libc {
  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_CREAT = 0x40;
  static final int O_EXCL = 0x80;
  static final int O_NONBLOCK = 0x800;
  static final int O_CLOEXEC = 0x8_0000;

  static final int LOCK_SH = 1;
  static final int LOCK_EX = 2;
  static final int LOCK_NB = 4;
  static final int LOCK_UN = 8;

  static final int ENOENT = 2;
  static final int EINTR = 4;
  static final int EAGAIN = 11;
  static final int EACCES = 13;
  static final int EEXIST = 17;
  static final int EISDIR = 21;
  static final int ELOOP = 40;
  static final int EOPNOTSUPP = 95;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

  // Variadic in C, so the third argument is declared as such: on some ABIs it travels otherwise.
  private static final MethodHandle OPEN =
      handle(
          "open",
          FunctionDescriptor.of(INT, ValueLayout.ADDRESS, INT, INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle FLOCK = handle("flock", FunctionDescriptor.of(INT, INT, INT));
  private static final MethodHandle CLOSE = handle("close", FunctionDescriptor.of(INT, INT));
  private static final MethodHandle LINKAT =
      handle(
          "linkat",
          FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT, ValueLayout.ADDRESS, INT));
  private static final MethodHandle UNAME =
      handle("uname", FunctionDescriptor.of(INT, ValueLayout.ADDRESS));

  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_FOLLOW = 0x400;

  /** {@code struct utsname}: six fields of 65 bytes, the fifth is the machine. */
  private static final int UTSNAME_FIELD_BYTES = 65;

  /** 32-bit and 64-bit ARM and POWER number these two otherwise than everybody else. */
  private static final boolean OTHER_NUMBERS =
      machine().startsWith("aarch64") || machine().startsWith("arm") || machine().startsWith("ppc");

  static final int O_DIRECTORY = OTHER_NUMBERS ? 0x4000 : 0x1_0000;
  static final int O_NOFOLLOW = OTHER_NUMBERS ? 0x8000 : 0x2_0000;
  static final int O_TMPFILE = 0x40_0000 | O_DIRECTORY;

  private Libc() {}

  /**
   * Why native: {@code FileChannel} neither gives its descriptor to flock nor opens O_TMPFILE.
   * Safe: the path is a NUL-terminated copy that lives for the call; the kernel only reads it.
   */
  static int open(String path, int flags, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment cPath = arena.allocateFrom(path, StandardCharsets.UTF_8);
      return result((int) OPEN.invokeExact(state, cPath, flags, mode), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Why native: {@code FileChannel.lock} is fcntl, which any close of the file in this process lets
   * go. Safe: takes two integers; the caller owns the descriptor until the call returns.
   */
  static int flock(int fd, int operation) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return result((int) FLOCK.invokeExact(state, fd, operation), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Why native: {@link #open} made a descriptor that the JDK does not know. Safe: {@link
   * Descriptor} calls it at most once for each descriptor; it is not repeated after EINTR, as Linux
   * has freed the number by then.
   */
  static int close(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return result((int) CLOSE.invokeExact(state, fd), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Gives the file behind {@code /proc/self/fd/N} a name. Why native: {@code Files.createLink} is
   * link(2), which would link the symbolic link itself. Safe: two NUL-terminated copies that live
   * for the call; the kernel only reads them.
   */
  static int linkFollowing(String existing, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment from = arena.allocateFrom(existing, StandardCharsets.UTF_8);
      MemorySegment to = arena.allocateFrom(name, StandardCharsets.UTF_8);
      return result(
          (int) LINKAT.invokeExact(state, AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Made when first used: who only reads needs no such handle. */
  private static final class WriteOut {
    private static final int SYNC_FILE_RANGE_WRITE = 2;
    private static final MethodHandle SYNC_FILE_RANGE =
        handle(
            "sync_file_range",
            FunctionDescriptor.of(INT, INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, INT));
  }

  /**
   * Starts to write dirty pages of a file out, and makes nothing durable. Why native: the JDK only
   * waits. Safe: takes four integers; the caller owns the descriptor until the call returns.
   */
  static int startWriteOut(int fd, long offset, long length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return result(
          (int)
              WriteOut.SYNC_FILE_RANGE.invokeExact(
                  state, fd, offset, length, WriteOut.SYNC_FILE_RANGE_WRITE),
          state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Made when first used: who compares no whole image needs no such handle. */
  private static final class Compare {
    private static final MethodHandle MEMCMP = memcmp();

    private Compare() {}

    /** Critical: no transition of the thread's state, which would cost as much as the call. */
    @SuppressWarnings("restricted")
    private static MethodHandle memcmp() {
      ValueLayout.OfLong number = ValueLayout.JAVA_LONG;
      return LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("memcmp"),
          FunctionDescriptor.of(INT, number, number, number),
          Linker.Option.critical(false));
    }
  }

  /**
   * Compares memory; 0 for equal. Why native: the C library's uses the widest vectors that the
   * processor has; addresses, as slices would be garbage for each page. Safe: {@link
   * Segments#equal} has checked that both are native memory of that length, and its caller keeps
   * them.
   */
  static int compare(long a, long b, long length) {
    try {
      return (int) Compare.MEMCMP.invokeExact(a, b, length);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Returns the text for an errno. Our own, as strerror speaks the language of the locale. */
  static String text(int errno) {
    return switch (errno) {
      case 1 -> "operation not permitted";
      case ENOENT -> "no such file";
      case 5 -> "input/output error";
      case EACCES -> "permission denied";
      case EEXIST -> "exists already";
      case 18 -> "on another file system";
      case 20 -> "not a directory";
      case EISDIR -> "is a directory";
      case 23, 24 -> "too many open files";
      case 28 -> "no space left on device";
      case 30 -> "read-only file system";
      case 31 -> "too many links";
      case ELOOP -> "is a symbolic link";
      case EOPNOTSUPP -> "not supported by the file system";
      case 122 -> "no space left: disk quota exceeded";
      default -> "errno " + errno;
    };
  }

  /**
   * Why native: the numbers of two open flags depend on the machine, and a library reads no system
   * property. Safe: the buffer has the size of {@code struct utsname} and lives for the call.
   */
  private static String machine() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment names = arena.allocate(6L * UTSNAME_FIELD_BYTES);
      int result = result((int) UNAME.invokeExact(state, names), state);
      if (result < 0) {
        throw new IllegalStateException("uname: " + text(-result));
      }
      return names.getString(4L * UTSNAME_FIELD_BYTES);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static int result(int returned, MemorySegment state) {
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

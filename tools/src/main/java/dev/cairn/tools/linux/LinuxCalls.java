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
 * Owns the native calls of this module. Immutable.
 *
 * <p>Each returns what the call returned, or the negated errno, as the kernel itself does. Numbers
 * are those of x86-64 and 64-bit ARM Linux, {@code include/uapi}; {@link #isKnownMachine} tells
 * whether they hold here. Long, as each call says why it is native and why it is safe.
 */
final class LinuxCalls {
  static final int ENOENT = 2;
  static final int EINTR = 4;
  static final int ENXIO = 6;
  static final int EAGAIN = 11;
  static final int EACCES = 13;
  static final int EEXIST = 17;
  static final int EINVAL = 22;
  static final int ENOSYS = 38;
  static final int ESRCH = 3;

  static final int O_RDONLY = 0;
  static final int O_WRONLY = 1;
  static final int O_NONBLOCK = 0x800;
  static final int O_CLOEXEC = 0x8_0000;

  static final int SEEK_END = 2;
  static final int SEEK_DATA = 3;
  static final int SEEK_HOLE = 4;

  private static final long SYS_MEMFD_CREATE_X86 = 319;
  private static final long SYS_MEMFD_CREATE = 279;
  private static final int MFD_CLOEXEC = 1;

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
  private static final MemoryLayout POINTER = ValueLayout.ADDRESS;

  // Variadic in C, so their later arguments are declared as such: on some ABIs they travel
  // otherwise.
  private static final MethodHandle OPEN =
      handle("open", FunctionDescriptor.of(INT, POINTER, INT), Linker.Option.firstVariadicArg(2));
  private static final MethodHandle IOCTL =
      handle(
          "ioctl", FunctionDescriptor.of(INT, INT, LONG, LONG), Linker.Option.firstVariadicArg(2));
  private static final MethodHandle SYSCALL =
      handle(
          "syscall",
          FunctionDescriptor.of(LONG, LONG, LONG, LONG, LONG, LONG),
          Linker.Option.firstVariadicArg(1));
  private static final MethodHandle CLOSE = handle("close", FunctionDescriptor.of(INT, INT));
  private static final MethodHandle READ =
      handle("read", FunctionDescriptor.of(LONG, INT, POINTER, LONG));
  private static final MethodHandle POLL =
      handle("poll", FunctionDescriptor.of(INT, POINTER, LONG, INT));
  private static final MethodHandle MMAP =
      handle("mmap", FunctionDescriptor.of(LONG, LONG, LONG, INT, INT, INT, LONG));
  private static final MethodHandle FTRUNCATE =
      handle("ftruncate", FunctionDescriptor.of(INT, INT, LONG));
  private static final MethodHandle MUNMAP =
      handle("munmap", FunctionDescriptor.of(INT, LONG, LONG));
  private static final MethodHandle MADVISE =
      handle("madvise", FunctionDescriptor.of(INT, LONG, LONG, INT));

  private static final MethodHandle STRNLEN =
      handle("strnlen", FunctionDescriptor.of(LONG, LONG, LONG));

  private static final MethodHandle LSEEK =
      handle("lseek", FunctionDescriptor.of(LONG, INT, LONG, INT));
  private static final MethodHandle STATX =
      handle("statx", FunctionDescriptor.of(INT, INT, POINTER, INT, INT, POINTER));
  private static final MethodHandle POSIX_FADVISE =
      handle("posix_fadvise", FunctionDescriptor.of(INT, INT, LONG, LONG, INT));
  private static final MethodHandle SIGNAL =
      handle("signal", FunctionDescriptor.of(LONG, INT, LONG));
  private static final MethodHandle ISATTY = handle("isatty", FunctionDescriptor.of(INT, INT));

  /**
   * What a file takes on its file system.
   *
   * @param allocatedBytes on disk
   * @param blockBytes that the file system prefers to allocate at once
   */
  record Use(long allocatedBytes, long blockBytes) {}

  private LinuxCalls() {}

  /** Tells whether the numbers of this package are those of this machine. */
  static boolean isKnownMachine() {
    return isX86() || System.getProperty("os.arch", "").equals("aarch64");
  }

  static boolean isX86() {
    return System.getProperty("os.arch", "").equals("amd64");
  }

  /**
   * Why native: the JDK gives no descriptor to ioctl. Safe: the path is a NUL-terminated copy that
   * lives for the call; the kernel only reads it. No O_CREAT, hence no mode.
   */
  static int open(String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment cPath = arena.allocateFrom(path, StandardCharsets.UTF_8);
      return (int) result((int) OPEN.invokeExact(state, cPath, flags), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Why native: userfaultfd and PAGEMAP_SCAN are ioctls. Safe: the caller passes a structure of the
   * size that the request number itself states, and keeps it alive for the call.
   */
  static int ioctl(int fd, long request, MemorySegment structure) {
    return ioctl(fd, request, structure.address());
  }

  /**
   * Why native: as above, for requests that take a number. Safe: takes integers; the kernel takes
   * none of them for an address.
   */
  static int ioctl(int fd, long request, long argument) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return (int) result((int) IOCTL.invokeExact(state, fd, request, argument), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Why native: userfaultfd and the pidfd calls have no function in older C libraries, and the JDK
   * knows no sessions. Safe: they take integers only, and none is an address (the one of
   * pidfd_send_signal is 0).
   */
  static int syscall(long number, long first, long second, long third) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return (int)
          result((long) SYSCALL.invokeExact(state, number, first, second, third, 0L), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Why native: the JDK makes no files without a name. Safe: the name is a NUL-terminated copy that
   * lives for the call; the kernel only reads it.
   */
  static int memoryFile(String name) {
    long number = isX86() ? SYS_MEMFD_CREATE_X86 : SYS_MEMFD_CREATE;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      long cName = arena.allocateFrom(name, StandardCharsets.US_ASCII).address();
      return (int)
          result(
              (long) SYSCALL.invokeExact(state, number, cName, (long) MFD_CLOEXEC, 0L, 0L), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Why native: these descriptors are not known to the JDK. Safe: their owners call it at most
   * once; it is not repeated after EINTR, as Linux has freed the number by then.
   */
  static int close(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return (int) result((int) CLOSE.invokeExact(state, fd), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Why native: messages of a userfaultfd come by read, and no channel of the JDK takes a
   * descriptor. Safe: the kernel writes at most the size of the segment.
   */
  static long read(int fd, MemorySegment into) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return result((long) READ.invokeExact(state, fd, into, into.byteSize()), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Waits until the descriptor is readable; returns the events, or 0 after the time. Why native: as
   * {@link #read}; a blocking read could not be ended. Safe: one {@code struct pollfd}, 8 bytes,
   * alive for the call.
   */
  static int pollReadable(int fd, int millis) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment entry = arena.allocate(8, 8);
      entry.set(INT, 0, fd);
      entry.set(ValueLayout.JAVA_SHORT, 4, (short) 1);
      int ready = (int) result((int) POLL.invokeExact(state, entry, 1L, millis), state);
      return ready <= 0 ? ready : entry.get(ValueLayout.JAVA_SHORT, 6);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Why native: {@code Arena.allocate} touches what it allocates, and page faults need memory that
   * nobody touched. Safe: a new private mapping where the kernel likes; it replaces none.
   */
  static long mapAnonymous(long lengthBytes) {
    int readWrite = 3;
    int privateAnonymousNoReserve = 0x2 | 0x20 | 0x4000;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return result(
          (long)
              MMAP.invokeExact(
                  state, 0L, lengthBytes, readWrite, privateAnonymousNoReserve, -1, 0L),
          state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Why native: the JDK maps no descriptor that it did not open. Safe: a new mapping where the
   * kernel likes; of a file that its owner made long enough and that nobody makes shorter.
   */
  static long mapShared(int fd, long lengthBytes) {
    int readWrite = 3;
    int sharedPopulated = 0x1 | 0x8000;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return result(
          (long) MMAP.invokeExact(state, 0L, lengthBytes, readWrite, sharedPopulated, fd, 0L),
          state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Why native: as {@link #memoryFile}. Safe: takes integers. */
  static int truncate(int fd, long lengthBytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return (int) result((int) FTRUNCATE.invokeExact(state, fd, lengthBytes), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Why native: undoes {@link #mapAnonymous} and {@link #mapShared}. Safe: the arena that owns the
   * mapping calls it once, after it has shut out all access.
   */
  static int unmap(long address, long lengthBytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return (int) result((int) MUNMAP.invokeExact(state, address, lengthBytes), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Why native: a huge page would be dirty, and missing, as a whole. Safe: MADV_NOHUGEPAGE changes
   * no content.
   */
  static int adviseNoHugePages(long address, long lengthBytes) {
    int noHugePage = 15;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return (int)
          result((int) MADVISE.invokeExact(state, address, lengthBytes, noHugePage), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Gives memory back; it is missing, or zero, from then on. Why native: the JDK cannot. Safe: the
   * range is the caller's own private mapping.
   */
  static int adviseDontNeed(long address, long lengthBytes) {
    int dontNeed = 4;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return (int) result((int) MADVISE.invokeExact(state, address, lengthBytes, dontNeed), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Reads one byte. Why native: a thread that waits for a page in Java code holds up every
   * collection of garbage, and so whoever is to answer it. Safe: the byte is of the caller's own
   * mapping; nothing behind it is looked at.
   */
  static void touch(long address, MemorySegment state) {
    try {
      var _ = (long) STRNLEN.invokeExact(state, address, 1L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Returns room for {@link #touch}. */
  static MemorySegment state(Arena arena) {
    return arena.allocate(STATE);
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
   * Why native: the JDK gives no advice on files. Safe: takes numbers; POSIX_FADV_DONTNEED drops
   * clean pages of the page cache, and changes no content. The result is the error itself: this
   * call does not set errno.
   */
  static int adviseNotNeeded(int fd) {
    int dontNeed = 4;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return -(int) POSIX_FADVISE.invokeExact(state, fd, 0L, 0L, dontNeed);
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
   * Makes this process ignore a signal; returns what stood for it, or a negated errno. Why native:
   * the JDK has no such call that it exports. Safe: SIG_IGN is no function, so nothing of ours is
   * ever called; the JVM needs none of the signals that are given here.
   */
  static long ignoreSignal(int signal) {
    long ignore = 1;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      long before = result((long) SIGNAL.invokeExact(state, signal, ignore), state);
      return before < 0 && before >= -4095 ? before : 0;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Why native: the JDK tells only of standard input and output. Safe: takes a number, and whoever
   * closed that descriptor gets no for an answer.
   */
  static boolean isTerminal(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return (int) ISATTY.invokeExact(state, fd) == 1;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static long result(long returned, MemorySegment state) {
    return returned != -1 ? returned : -(int) ERRNO.get(state, 0L);
  }

  /** Restricted, as a wrong descriptor crashes the JVM: each is checked against its man page. */
  @SuppressWarnings("restricted")
  static MethodHandle handle(String symbol, FunctionDescriptor type, Linker.Option... options) {
    Linker.Option[] all = new Linker.Option[options.length + 1];
    all[0] = Linker.Option.captureCallState("errno");
    System.arraycopy(options, 0, all, 1, options.length);
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(symbol), type, all);
  }

  static RuntimeException unexpected(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
  }
}

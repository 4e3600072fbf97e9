package dev.cairn.tests.uffd;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * What a VMM calls to have its page faults answered, written down a second time: a client must not
 * believe in the server's own numbers. x86-64 and 64-bit ARM. Immutable.
 */
final class ClientCalls {
  static final long EVENT_FORK = 1 << 1;
  static final long EVENT_REMOVE = 1 << 3;
  static final long SIGBUS = 1 << 7;

  static final int NONBLOCK = 0x800;
  private static final int CLOEXEC = 0x8_0000;

  private static final long API = 0xC018_AA3FL;
  private static final long REGISTER = 0xC020_AA00L;
  private static final long MODE_MISSING = 1;

  private static final int DONT_NEED = 4;
  private static final int NO_HUGE_PAGE = 15;
  private static final int READ_WRITE = 3;
  private static final int PRIVATE_ANONYMOUS = 0x22;
  private static final int HUGE_2M = 0x40000 | 21 << 26;
  private static final long HUGE_BYTES = 2 << 20;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private static final MethodHandle SYSCALL =
      handle("syscall", FunctionDescriptor.of(LONG, LONG, LONG), Linker.Option.firstVariadicArg(1));
  private static final MethodHandle IOCTL =
      handle(
          "ioctl",
          FunctionDescriptor.of(INT, INT, LONG, ValueLayout.ADDRESS),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle MMAP =
      handle("mmap", FunctionDescriptor.of(LONG, LONG, LONG, INT, INT, INT, LONG));
  private static final MethodHandle MADVISE =
      handle("madvise", FunctionDescriptor.of(INT, LONG, LONG, INT));

  private ClientCalls() {}

  @SuppressWarnings("restricted")
  private static MethodHandle handle(
      String symbol, FunctionDescriptor type, Linker.Option... options) {
    Linker.Option[] all = new Linker.Option[options.length + 1];
    all[0] = Linker.Option.captureCallState("errno");
    System.arraycopy(options, 0, all, 1, options.length);
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(symbol), type, all);
  }

  private interface Call {
    long with(MemorySegment state) throws Throwable;
  }

  private static long call(String what, Call call) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      long result = call.with(state);
      if (result == -1) {
        throw new IOException(what + ": errno " + (int) ERRNO.get(state, 0L));
      }
      return result;
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Makes a userfaultfd that has not been begun. */
  static int create(int flags) throws IOException {
    long number = System.getProperty("os.arch", "").equals("amd64") ? 323 : 282;
    long all = flags | CLOEXEC;
    return (int) call("userfaultfd", state -> (long) SYSCALL.invokeExact(state, number, all));
  }

  static void begin(int fd, long features) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment api = arena.allocate(24, 8);
      api.set(LONG, 0, 0xAA);
      api.set(LONG, 8, features);
      call("UFFDIO_API", state -> (int) IOCTL.invokeExact(state, fd, API, api));
    }
  }

  static void register(int fd, MemorySegment memory) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment range = arena.allocate(32, 8);
      range.set(LONG, 0, memory.address());
      range.set(LONG, 8, memory.byteSize());
      range.set(LONG, 16, MODE_MISSING);
      call("UFFDIO_REGISTER", state -> (int) IOCTL.invokeExact(state, fd, REGISTER, range));
    }
  }

  /** Maps memory for ever: of small pages, at an address that a huge page could begin at. */
  static MemorySegment map(long bytes) throws IOException {
    MemorySegment all = map(bytes + HUGE_BYTES, PRIVATE_ANONYMOUS | 0x4000);
    long skip = -all.address() & (HUGE_BYTES - 1);
    MemorySegment memory = all.asSlice(skip, bytes);
    advise(memory, NO_HUGE_PAGE);
    return memory;
  }

  /**
   * Maps huge pages for ever.
   *
   * @throws IOException if this machine has none
   */
  static MemorySegment mapHuge(long bytes) throws IOException {
    return map(bytes, PRIVATE_ANONYMOUS | HUGE_2M);
  }

  @SuppressWarnings("restricted")
  private static MemorySegment map(long bytes, int flags) throws IOException {
    long address =
        call("mmap", state -> (long) MMAP.invokeExact(state, 0L, bytes, READ_WRITE, flags, -1, 0L));
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }

  /** Gives memory back, as a balloon does. */
  static void remove(MemorySegment memory) throws IOException {
    advise(memory, DONT_NEED);
  }

  private static void advise(MemorySegment memory, int advice) throws IOException {
    long address = memory.address();
    long bytes = memory.byteSize();
    call("madvise", state -> (int) MADVISE.invokeExact(state, address, bytes, advice));
  }
}

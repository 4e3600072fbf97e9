package dev.cairn.tools.linux;

import java.io.Closeable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Owns a userfaultfd: the page faults of some memory of one process. That may be another process,
 * see {@link #takeFrom} and {@link #adopt}. Not thread-safe, but a {@link #duplicate} may be used
 * by another thread.
 *
 * <p>Numbers and structures: {@code include/uapi/linux/userfaultfd.h}.
 */
public final class UserFault implements Closeable {
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private static final long IOC_NEW = 0xAA00;
  private static final long API = 0xC018_AA3FL;
  private static final long REGISTER = 0xC020_AA00L;
  private static final long WAKE = 0x8010_AA02L;
  private static final long COPY = 0xC028_AA03L;
  private static final long ZEROPAGE = 0xC020_AA04L;
  private static final long API_VERSION = 0xAA;

  private static final long FEATURE_WP_UNPOPULATED = 1 << 13;
  private static final long FEATURE_WP_ASYNC = 1 << 15;

  private static final long MODE_MISSING = 1;
  private static final long MODE_WP = 2;

  /** Faults of the kernel itself are not handled; this is what every user may ask for. */
  private static final long USER_MODE_ONLY = 1;

  /** Of each message, {@code struct uffd_msg}. */
  public static final int MESSAGE_BYTES = 32;

  /** A message's first byte. A fault's address stands at {@link #AT_ADDRESS}. */
  public static final byte EVENT_PAGEFAULT = 0x12;

  /** Memory was given back; from {@link #AT_START} to {@link #AT_END}. */
  public static final byte EVENT_REMOVE = 0x15;

  /** The same, and is no longer mapped. */
  public static final byte EVENT_UNMAP = 0x16;

  public static final long AT_FLAGS = 8;
  public static final long AT_ADDRESS = 16;
  public static final long AT_START = 8;
  public static final long AT_END = 16;

  /** Of {@link #copySome} and {@link #zeroSome}: memory is being changed; read messages first. */
  public static final long AGAIN = -LinuxCalls.EAGAIN;

  /** Of the same: there is a page already. */
  public static final long EXISTS = -LinuxCalls.EEXIST;

  /** Of the same: the process is gone. */
  public static final long GONE = -LinuxCalls.ESRCH;

  /** Of the same: nothing that faults is mapped there. */
  public static final long UNMAPPED = -LinuxCalls.ENOENT;

  /** Of the same: this memory does not take that, or not at this address. */
  public static final long UNFIT = -LinuxCalls.EINVAL;

  private static final int POLLIN = 1;

  private static final long SYS_PIDFD_OPEN = 434;
  private static final long SYS_PIDFD_GETFD = 438;

  private final int fd;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment scratch = arena.allocate(64, 8);
  private final AtomicBoolean closed = new AtomicBoolean();

  private UserFault(int fd) {
    this.fd = fd;
  }

  /**
   * Write-protects memory of this process asynchronously: the kernel itself lets a write pass and
   * notes it, for {@link DirtyPages} to ask. Nobody has to answer faults.
   *
   * @throws LinuxException if the kernel does not have it
   */
  public static UserFault writeProtecting(MemorySegment memory) throws LinuxException {
    return open(FEATURE_WP_ASYNC | FEATURE_WP_UNPOPULATED, memory, MODE_WP);
  }

  /**
   * Makes first touches of pages of this process's memory wait for an answer.
   *
   * @throws LinuxException if the kernel does not have it
   */
  public static UserFault missing(MemorySegment memory) throws LinuxException {
    return open(0, memory, MODE_MISSING);
  }

  /**
   * Takes a copy of another process's userfaultfd. Its owner may then close its own: when this
   * process ends, the kernel lets all waiting threads go on.
   *
   * @param pid of a child of this process
   * @param number the descriptor's number there
   */
  public static UserFault takeFrom(long pid, int number) throws LinuxException {
    int process =
        (int) LinuxException.check("pidfd_open", LinuxCalls.syscall(SYS_PIDFD_OPEN, pid, 0, 0));
    try {
      return new UserFault(
          (int)
              LinuxException.check(
                  "pidfd_getfd", LinuxCalls.syscall(SYS_PIDFD_GETFD, process, number, 0)));
    } finally {
      LinuxCalls.close(process);
    }
  }

  /**
   * Takes over a descriptor that was received.
   *
   * @param number closed by this from now on
   */
  public static UserFault adopt(int number) {
    return new UserFault(number);
  }

  /** Returns another descriptor of the same one, for another thread. */
  public UserFault duplicate() throws LinuxException {
    return new UserFault((int) LinuxException.check("fcntl", SocketCalls.duplicate(fd)));
  }

  private static UserFault open(long features, MemorySegment memory, long mode)
      throws LinuxException {
    UserFault fault = new UserFault(descriptor());
    try {
      fault.begin(features, memory, mode);
      return fault;
    } catch (LinuxException e) {
      fault.close();
      throw e;
    }
  }

  /** Asks for the least: the system call in user mode, then the device, which root has. */
  private static int descriptor() throws LinuxException {
    if (!LinuxCalls.isKnownMachine()) {
      throw new LinuxException("userfaultfd", LinuxCalls.ENOSYS);
    }
    long number = LinuxCalls.isX86() ? 323 : 282;
    int flags = LinuxCalls.O_CLOEXEC | LinuxCalls.O_NONBLOCK;
    int fd = LinuxCalls.syscall(number, flags | USER_MODE_ONLY, 0, 0);
    if (fd >= 0) {
      return fd;
    }
    int device = LinuxCalls.open("/dev/userfaultfd", LinuxCalls.O_CLOEXEC);
    if (device < 0) {
      throw new LinuxException("userfaultfd", -fd);
    }
    try {
      return (int)
          LinuxException.check("/dev/userfaultfd", LinuxCalls.ioctl(device, IOC_NEW, flags));
    } finally {
      LinuxCalls.close(device);
    }
  }

  private void begin(long features, MemorySegment memory, long mode) throws LinuxException {
    scratch.set(LONG, 0, API_VERSION);
    scratch.set(LONG, 8, features);
    scratch.set(LONG, 16, 0);
    LinuxException.check("UFFDIO_API", LinuxCalls.ioctl(fd, API, scratch));
    scratch.set(LONG, 0, memory.address());
    scratch.set(LONG, 8, memory.byteSize());
    scratch.set(LONG, 16, mode);
    scratch.set(LONG, 24, 0);
    LinuxException.check("UFFDIO_REGISTER", LinuxCalls.ioctl(fd, REGISTER, scratch));
  }

  /** Returns the descriptor's number in this process. */
  public int number() {
    return fd;
  }

  /**
   * Waits for a fault.
   *
   * @param millis at most
   * @return the address that was touched; empty after the time, or when the process is gone
   */
  public OptionalLong nextFault(int millis) throws LinuxException {
    int events = LinuxCalls.pollReadable(fd, millis);
    if (events == -LinuxCalls.EINTR || events == 0) {
      return OptionalLong.empty();
    }
    LinuxException.check("poll", events);
    if ((events & POLLIN) == 0) {
      return OptionalLong.empty();
    }
    long length = LinuxCalls.read(fd, scratch.asSlice(0, MESSAGE_BYTES));
    if (length == -LinuxCalls.EAGAIN || length == -LinuxCalls.EINTR) {
      return OptionalLong.empty();
    }
    LinuxException.check("read of a page fault", length);
    boolean fault =
        length == MESSAGE_BYTES && scratch.get(ValueLayout.JAVA_BYTE, 0) == EVENT_PAGEFAULT;
    return fault ? OptionalLong.of(scratch.get(LONG, 16)) : OptionalLong.empty();
  }

  /**
   * Gives a page its content and wakes whoever waits for it.
   *
   * @param address of the page, in the process of the faults
   * @param data native memory of this process, whole pages
   * @return false if the process is gone
   */
  public boolean copy(long address, MemorySegment data) throws LinuxException {
    while (true) {
      scratch.set(LONG, 0, address);
      scratch.set(LONG, 8, data.address());
      scratch.set(LONG, 16, data.byteSize());
      scratch.set(LONG, 24, 0);
      scratch.set(LONG, 32, 0);
      int result = LinuxCalls.ioctl(fd, COPY, scratch);
      if (result != -LinuxCalls.EAGAIN) {
        return answered("UFFDIO_COPY", result, address, data.byteSize());
      }
    }
  }

  /** Makes pages zero and wakes whoever waits for them; returns as {@link #copy}. */
  public boolean zero(long address, long lengthBytes) throws LinuxException {
    while (true) {
      scratch.set(LONG, 0, address);
      scratch.set(LONG, 8, lengthBytes);
      scratch.set(LONG, 16, 0);
      scratch.set(LONG, 24, 0);
      int result = LinuxCalls.ioctl(fd, ZEROPAGE, scratch);
      if (result != -LinuxCalls.EAGAIN) {
        return answered("UFFDIO_ZEROPAGE", result, address, lengthBytes);
      }
    }
  }

  /**
   * Reads messages that are there.
   *
   * @param into room for some; what is not filled stays as it is
   * @return how many
   */
  public int read(MemorySegment into) throws LinuxException {
    long length = LinuxCalls.read(fd, into);
    if (length == -LinuxCalls.EAGAIN || length == -LinuxCalls.EINTR) {
      return 0;
    }
    return (int) (LinuxException.check("read of page faults", length) / MESSAGE_BYTES);
  }

  /**
   * Gives pages their content, as far as that goes at once, and wakes who waits for them.
   *
   * @param data native memory, whole pages
   * @return how many bytes were given; else one of the negative constants
   */
  public long copySome(long address, MemorySegment data) throws LinuxException {
    scratch.set(LONG, 0, address);
    scratch.set(LONG, 8, data.address());
    scratch.set(LONG, 16, data.byteSize());
    scratch.set(LONG, 24, 0);
    scratch.set(LONG, 32, 0);
    int result = LinuxCalls.ioctl(fd, COPY, scratch);
    return some("UFFDIO_COPY", result, data.byteSize(), scratch.get(LONG, 32));
  }

  /** Makes pages zero; else as {@link #copySome}. */
  public long zeroSome(long address, long lengthBytes) throws LinuxException {
    scratch.set(LONG, 0, address);
    scratch.set(LONG, 8, lengthBytes);
    scratch.set(LONG, 16, 0);
    scratch.set(LONG, 24, 0);
    int result = LinuxCalls.ioctl(fd, ZEROPAGE, scratch);
    return some("UFFDIO_ZEROPAGE", result, lengthBytes, scratch.get(LONG, 24));
  }

  /** A call that gave a part says EAGAIN, too, but tells how much it was. */
  private static long some(String call, int result, long length, long done) throws LinuxException {
    if (result == 0) {
      return length;
    }
    if (result == AGAIN && done > 0) {
      return done;
    }
    if (result == AGAIN
        || result == EXISTS
        || result == GONE
        || result == UNMAPPED
        || result == UNFIT) {
      return result;
    }
    throw new LinuxException(call, -result);
  }

  /** Has all who wait for pages there try again; false if the process is gone. */
  public boolean wake(long address, long lengthBytes) throws LinuxException {
    scratch.set(LONG, 0, address);
    scratch.set(LONG, 8, lengthBytes);
    int result = LinuxCalls.ioctl(fd, WAKE, scratch);
    if (result == GONE || result == UNMAPPED) {
      return false;
    }
    LinuxException.check("UFFDIO_WAKE", result);
    return true;
  }

  /** A page that came meanwhile wakes nobody by itself. */
  private boolean answered(String call, int result, long address, long lengthBytes)
      throws LinuxException {
    if (result == -LinuxCalls.ESRCH) {
      return false;
    }
    if (result == -LinuxCalls.EEXIST) {
      wake(address, lengthBytes);
      return true;
    }
    LinuxException.check(call, result);
    return true;
  }

  @Override
  public void close() {
    if (!closed.getAndSet(true)) {
      LinuxCalls.close(fd);
      arena.close();
    }
  }
}

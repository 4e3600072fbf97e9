package dev.cairn.tools.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The native calls on sockets; results, and the machines whose numbers these are, as in {@link
 * LinuxCalls}. None of those that move bytes waits: {@link #poll} does. Immutable. Long, as each
 * call says why it is native and why it is safe.
 */
final class SocketCalls {
  static final int EPIPE = 32;
  static final int ECONNRESET = 104;
  static final int EADDRINUSE = 98;
  static final int ECONNREFUSED = 111;
  static final int ECONNABORTED = 103;
  static final int ETIMEDOUT = 110;
  static final int EALREADY = 114;
  static final int EINPROGRESS = 115;

  static final int AF_UNIX = 1;
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;

  static final int POLLIN = 1;
  static final int POLLOUT = 4;

  /** The peer writes no more; asked for, unlike errors and hang-ups, which always come. */
  static final int POLLRDHUP = 0x2000;

  static final int SOL_SOCKET = 1;
  static final int SO_REUSEADDR = 2;
  static final int SO_ERROR = 4;
  static final int SO_SNDBUF = 7;
  static final int SO_PEERCRED = 17;
  static final int SO_SNDTIMEO = 21;
  static final int IPPROTO_TCP = 6;
  static final int TCP_NODELAY = 1;
  static final int TCP_QUICKACK = 12;
  static final int TCP_NOTSENT_LOWAT = 25;

  private static final int SOCK_STREAM = 1;
  private static final int SOCK_DGRAM = 2;

  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int SHUT_RDWR = 2;
  private static final long SIOCOUTQ = 0x5411;
  private static final int MSG_PEEK = 2;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;
  private static final int MSG_CTRUNC = 8;
  private static final int SCM_RIGHTS = 1;

  /** {@code struct msghdr} and {@code struct cmsghdr} of a 64-bit C library. */
  private static final long MESSAGE_BYTES = 56;

  private static final long CONTROL_HEADER_BYTES = 16;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final MemoryLayout POINTER = ValueLayout.ADDRESS;
  private static final MemoryLayout STATE = Linker.Option.captureStateLayout();

  private static final MethodHandle SOCKET = call("socket", INT, INT, INT, INT);
  private static final MethodHandle SOCKETPAIR = call("socketpair", INT, INT, INT, INT, POINTER);
  private static final MethodHandle CONNECT = call("connect", INT, INT, POINTER, INT);
  private static final MethodHandle BIND = call("bind", INT, INT, POINTER, INT);
  private static final MethodHandle LISTEN = call("listen", INT, INT, INT);
  private static final MethodHandle ACCEPT = call("accept4", INT, INT, POINTER, POINTER, INT);
  private static final MethodHandle SHUTDOWN = call("shutdown", INT, INT, INT);
  private static final MethodHandle FCHMOD = call("fchmod", INT, INT, INT);
  private static final MethodHandle GET = call("getsockopt", INT, INT, INT, INT, POINTER, POINTER);
  private static final MethodHandle SET = call("setsockopt", INT, INT, INT, INT, POINTER, INT);
  private static final MethodHandle NAME = call("getsockname", INT, INT, POINTER, POINTER);
  private static final MethodHandle RECV = call("recv", LONG, INT, POINTER, LONG, INT);
  private static final MethodHandle SEND = call("send", LONG, INT, POINTER, LONG, INT);
  private static final MethodHandle RECVMSG = call("recvmsg", LONG, INT, POINTER, INT);
  private static final MethodHandle SENDMSG = call("sendmsg", LONG, INT, POINTER, INT);
  private static final MethodHandle POLL = call("poll", INT, POINTER, LONG, INT);

  // Variadic in C.
  private static final MethodHandle FCNTL =
      LinuxCalls.handle(
          "fcntl", FunctionDescriptor.of(INT, INT, INT, LONG), Linker.Option.firstVariadicArg(2));

  private SocketCalls() {}

  private static MethodHandle call(String symbol, MemoryLayout result, MemoryLayout... arguments) {
    return LinuxCalls.handle(symbol, FunctionDescriptor.of(result, arguments));
  }

  /**
   * A new stream socket, closed on exec. Why native: the JDK's sockets give out no descriptor, and
   * one is what getfd passes. Safe: takes integers.
   *
   * @param flags O_NONBLOCK or 0
   */
  static int socket(int family, int flags) {
    return make(family, SOCK_STREAM | flags);
  }

  /** The same, of datagrams between processes of this host. */
  static int datagramSocket() {
    return make(AF_UNIX, SOCK_DGRAM);
  }

  private static int make(int family, int type) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      int all = type | LinuxCalls.O_CLOEXEC;
      return (int) LinuxCalls.result((int) SOCKET.invokeExact(state, family, all, 0), state);
    } catch (Throwable e) {
      throw LinuxCalls.unexpected(e);
    }
  }

  /**
   * Makes two Unix sockets that are each other's peer. Why native: the JDK has none. Safe: the
   * kernel writes two integers into memory of eight bytes that lives for the call.
   *
   * @param numbers two, out
   */
  static int socketpair(int[] numbers) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment pair = arena.allocate(8, 4);
      int type = SOCK_STREAM | LinuxCalls.O_CLOEXEC;
      int result =
          (int)
              LinuxCalls.result((int) SOCKETPAIR.invokeExact(state, AF_UNIX, type, 0, pair), state);
      numbers[0] = pair.get(INT, 0);
      numbers[1] = pair.get(INT, 4);
      return result;
    } catch (Throwable e) {
      throw LinuxCalls.unexpected(e);
    }
  }

  /** Why native: as {@link #socket}. Safe: the kernel reads the segment, by its own length. */
  static int connect(int fd, MemorySegment address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      int length = (int) address.byteSize();
      return (int) LinuxCalls.result((int) CONNECT.invokeExact(state, fd, address, length), state);
    } catch (Throwable e) {
      throw LinuxCalls.unexpected(e);
    }
  }

  /** Why native, and safe: as {@link #connect}. */
  static int bind(int fd, MemorySegment address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      int length = (int) address.byteSize();
      return (int) LinuxCalls.result((int) BIND.invokeExact(state, fd, address, length), state);
    } catch (Throwable e) {
      throw LinuxCalls.unexpected(e);
    }
  }

  /** Why native: as {@link #socket}. Safe: takes integers. */
  static int listen(int fd, int backlog) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return (int) LinuxCalls.result((int) LISTEN.invokeExact(state, fd, backlog), state);
    } catch (Throwable e) {
      throw LinuxCalls.unexpected(e);
    }
  }

  /** Why native: as {@link #socket}. Safe: no address is asked for, so none is written. */
  static int accept(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment none = MemorySegment.NULL;
      return (int)
          LinuxCalls.result(
              (int) ACCEPT.invokeExact(state, fd, none, none, LinuxCalls.O_CLOEXEC), state);
    } catch (Throwable e) {
      throw LinuxCalls.unexpected(e);
    }
  }

  /** Why native: as {@link #socket}. Safe: takes integers; frees no number. */
  static int shutdown(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return (int) LinuxCalls.result((int) SHUTDOWN.invokeExact(state, fd, SHUT_RDWR), state);
    } catch (Throwable e) {
      throw LinuxCalls.unexpected(e);
    }
  }

  /**
   * Why native: a Unix socket's name gets the mode that the socket has when it is bound; the JDK
   * could change it only when others can already connect. Safe: takes integers.
   */
  static int changeMode(int fd, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return (int) LinuxCalls.result((int) FCHMOD.invokeExact(state, fd, mode), state);
    } catch (Throwable e) {
      throw LinuxCalls.unexpected(e);
    }
  }

  /**
   * Why native: the JDK does not tell who a peer is. Safe: the kernel writes no more than the
   * length that it is told, which is the segment's.
   */
  static int option(int fd, int level, int option, MemorySegment into) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment length = arena.allocateFrom(INT, (int) into.byteSize());
      return (int)
          LinuxCalls.result((int) GET.invokeExact(state, fd, level, option, into, length), state);
    } catch (Throwable e) {
      throw LinuxCalls.unexpected(e);
    }
  }

  /** Why native: as {@link #socket}. Safe: the kernel reads the segment, by its own length. */
  static int setOption(int fd, int level, int option, MemorySegment value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      int length = (int) value.byteSize();
      return (int)
          LinuxCalls.result((int) SET.invokeExact(state, fd, level, option, value, length), state);
    } catch (Throwable e) {
      throw LinuxCalls.unexpected(e);
    }
  }

  /** Why native: as {@link #socket}. Safe: as {@link #option}. */
  static int ownAddress(int fd, MemorySegment into) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment length = arena.allocateFrom(INT, (int) into.byteSize());
      return (int) LinuxCalls.result((int) NAME.invokeExact(state, fd, into, length), state);
    } catch (Throwable e) {
      throw LinuxCalls.unexpected(e);
    }
  }

  /**
   * Takes what is there; never waits. Why native: as {@link #socket}. Safe: the kernel writes at
   * most the size of the segment, which the caller keeps alive.
   */
  static long receive(int fd, MemorySegment into) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return LinuxCalls.result(
          (long) RECV.invokeExact(state, fd, into, into.byteSize(), MSG_DONTWAIT), state);
    } catch (Throwable e) {
      throw LinuxCalls.unexpected(e);
    }
  }

  /**
   * Gives what there is room for; never waits, and raises no SIGPIPE. Why native: as {@link
   * #socket}. Safe: the kernel reads at most the size of the segment.
   */
  static long send(int fd, MemorySegment from) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
      return LinuxCalls.result(
          (long) SEND.invokeExact(state, fd, from, from.byteSize(), flags), state);
    } catch (Throwable e) {
      throw LinuxCalls.unexpected(e);
    }
  }

  /**
   * The same with descriptors beside the first byte. Why native: the JDK passes none. Safe: header,
   * vector and control message have the sizes of a 64-bit C library and live for the call; the
   * control message is as long as it says.
   */
  static long sendWith(int fd, MemorySegment from, int... descriptors) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment message = message(arena, from, controlBytes(descriptors.length));
      MemorySegment control = control(message);
      control.set(LONG, 0, CONTROL_HEADER_BYTES + 4L * descriptors.length);
      control.set(INT, 8, SOL_SOCKET);
      control.set(INT, 12, SCM_RIGHTS);
      for (int i = 0; i < descriptors.length; i++) {
        control.setAtIndex(INT, CONTROL_HEADER_BYTES / 4 + i, descriptors[i]);
      }
      return LinuxCalls.result(
          (long) SENDMSG.invokeExact(state, fd, message, MSG_DONTWAIT | MSG_NOSIGNAL), state);
    } catch (Throwable e) {
      throw LinuxCalls.unexpected(e);
    }
  }

  /**
   * What came with bytes.
   *
   * @param result number of bytes, or a negated errno
   * @param descriptors new ones of this process, closed on exec; the caller's now
   * @param cut whether there were more than fit
   */
  record Received(long result, List<Integer> descriptors, boolean cut) {}

  /**
   * Takes bytes and the descriptors beside them; never waits. Why native: the JDK takes none. Safe:
   * as {@link #sendWith}; what the kernel says of the control message is held against its size
   * before it is read.
   *
   * @param peek leaves all of it there; the descriptors are copies
   */
  static Received receiveWith(int fd, MemorySegment into, int most, boolean peek) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment message = message(arena, into, controlBytes(most));
      int flags = MSG_DONTWAIT | MSG_CMSG_CLOEXEC | (peek ? MSG_PEEK : 0);
      long result = LinuxCalls.result((long) RECVMSG.invokeExact(state, fd, message, flags), state);
      List<Integer> descriptors = result < 0 ? List.of() : descriptors(message, most);
      boolean cut = result >= 0 && (message.get(INT, 48) & MSG_CTRUNC) != 0;
      return new Received(result, descriptors, cut);
    } catch (Throwable e) {
      throw LinuxCalls.unexpected(e);
    }
  }

  /** Not rounded up, as CMSG_SPACE is: the kernel would fill the rest with one more descriptor. */
  private static long controlBytes(int descriptors) {
    return CONTROL_HEADER_BYTES + 4L * descriptors;
  }

  private static MemorySegment message(Arena arena, MemorySegment bytes, long controlBytes) {
    MemorySegment vector = arena.allocate(16, 8);
    vector.set(LONG, 0, bytes.address());
    vector.set(LONG, 8, bytes.byteSize());
    MemorySegment control = arena.allocate(controlBytes, 8);
    MemorySegment message = arena.allocate(MESSAGE_BYTES, 8);
    message.set(LONG, 16, vector.address());
    message.set(LONG, 24, 1);
    message.set(LONG, 32, control.address());
    message.set(LONG, 40, controlBytes);
    return message;
  }

  @SuppressWarnings("restricted") // Address and length are those that message has just set.
  private static MemorySegment control(MemorySegment message) {
    return MemorySegment.ofAddress(message.get(LONG, 32)).reinterpret(message.get(LONG, 40));
  }

  private static List<Integer> descriptors(MemorySegment message, int most) {
    MemorySegment control = control(message);
    if (control.byteSize() < CONTROL_HEADER_BYTES
        || control.get(INT, 8) != SOL_SOCKET
        || control.get(INT, 12) != SCM_RIGHTS) {
      return List.of();
    }
    long bytes = Math.min(control.get(LONG, 0), control.byteSize()) - CONTROL_HEADER_BYTES;
    long count = Math.clamp(bytes / 4, 0, most);
    return LongStream.range(0, count)
        .mapToObj(i -> control.getAtIndex(INT, CONTROL_HEADER_BYTES / 4 + i))
        .toList();
  }

  /**
   * Waits for events on a descriptor; returns them (errors and hang-ups among them), or 0 after the
   * time. Why native: as {@link #socket}. Safe: one {@code struct pollfd}, alive for the call.
   *
   * @param millis at most; -1 for ever
   */
  static int poll(int fd, int events, int millis) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment entry = arena.allocate(8, 8);
      entry.set(INT, 0, fd);
      entry.set(ValueLayout.JAVA_SHORT, 4, (short) events);
      int ready = (int) LinuxCalls.result((int) POLL.invokeExact(state, entry, 1L, millis), state);
      return ready <= 0 ? ready : entry.get(ValueLayout.JAVA_SHORT, 6);
    } catch (Throwable e) {
      throw LinuxCalls.unexpected(e);
    }
  }

  /**
   * Waits for events on several descriptors; returns how many have some, or 0 after the time. Why
   * native: as {@link #socket}. Safe: the entries are as many as the segment holds, 8 bytes each.
   *
   * @param entries of {@code struct pollfd}, the caller's
   * @param millis at most; -1 for ever
   */
  static int poll(MemorySegment entries, int millis) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return (int)
          LinuxCalls.result(
              (int) POLL.invokeExact(state, entries, entries.byteSize() / 8, millis), state);
    } catch (Throwable e) {
      throw LinuxCalls.unexpected(e);
    }
  }

  /** Why native: as {@link #socket}. Safe: takes integers; the copy is closed on exec. */
  static int duplicate(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return (int)
          LinuxCalls.result((int) FCNTL.invokeExact(state, fd, F_DUPFD_CLOEXEC, 0L), state);
    } catch (Throwable e) {
      throw LinuxCalls.unexpected(e);
    }
  }

  /**
   * Returns how many bytes the peer has not taken: of TCP exactly, of Unix sockets with what the
   * kernel needs to keep them. Safe: SIOCOUTQ writes one integer.
   */
  static int unsent(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(INT);
      int result = LinuxCalls.ioctl(fd, SIOCOUTQ, value);
      return result < 0 ? result : value.get(INT, 0);
    }
  }
}

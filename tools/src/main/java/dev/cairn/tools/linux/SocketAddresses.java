package dev.cairn.tools.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Addresses as the kernel wants them: {@code struct sockaddr_un}, {@code _in}, {@code _in6}. */
final class SocketAddresses {
  /** What a Unix socket's path may have at most, in bytes. */
  static final int MOST_PATH_BYTES = 107;

  private static final ValueLayout.OfShort BIG_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private SocketAddresses() {}

  static MemorySegment of(Path path, Arena arena) throws UnknownHostException {
    byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0 || bytes.length > MOST_PATH_BYTES) {
      throw new UnknownHostException(
          "unix:"
              + path
              + ": path of a Unix socket: expected 1 to "
              + MOST_PATH_BYTES
              + " bytes, found "
              + bytes.length
              + "; use a shorter directory, or a relative path");
    }
    MemorySegment address = arena.allocate(2 + bytes.length + 1, 8);
    address.set(ValueLayout.JAVA_SHORT, 0, (short) SocketCalls.AF_UNIX);
    MemorySegment.copy(bytes, 0, address, ValueLayout.JAVA_BYTE, 2, bytes.length);
    return address;
  }

  static int family(InetSocketAddress address) throws UnknownHostException {
    return resolved(address) instanceof Inet6Address ? SocketCalls.AF_INET6 : SocketCalls.AF_INET;
  }

  static MemorySegment of(InetSocketAddress address, Arena arena) throws UnknownHostException {
    InetAddress host = resolved(address);
    byte[] bytes = host.getAddress();
    boolean six = host instanceof Inet6Address;
    MemorySegment made = arena.allocate(six ? 28 : 16, 8);
    made.set(ValueLayout.JAVA_SHORT, 0, (short) (six ? SocketCalls.AF_INET6 : SocketCalls.AF_INET));
    made.set(BIG_SHORT, 2, (short) address.getPort());
    MemorySegment.copy(bytes, 0, made, ValueLayout.JAVA_BYTE, six ? 8 : 4, bytes.length);
    if (host instanceof Inet6Address scoped) {
      made.set(ValueLayout.JAVA_INT, 24, scoped.getScopeId());
    }
    return made;
  }

  /** The port stands at the same place in both families. */
  static int port(MemorySegment address) {
    return Short.toUnsignedInt(address.get(BIG_SHORT, 2));
  }

  private static InetAddress resolved(InetSocketAddress address) throws UnknownHostException {
    InetAddress host = address.getAddress();
    if (host == null) {
      throw new UnknownHostException("tcp:" + address.getHostString() + ": no such host");
    }
    return host;
  }
}

package dev.cairn.transport.verbs;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** {@code struct sockaddr_in} and {@code sockaddr_in6} of Linux. Stateless. */
final class NativeAddresses {
  private static final short AF_INET = 2;
  private static final short AF_INET6 = 10;
  private static final int BYTES = 28;
  private static final int V4_AT = 4;
  private static final int V6_AT = 8;
  private static final int SCOPE_AT = 24;

  private NativeAddresses() {}

  /** Writes an address. */
  static MemorySegment of(Arena arena, InetSocketAddress from) throws IOException {
    InetAddress address = from.getAddress();
    if (address == null) {
      throw new UnknownHostException(from.getHostString() + " is no host that is known");
    }
    MemorySegment all = arena.allocate(BYTES, 8);
    boolean v6 = address instanceof Inet6Address;
    all.set(ValueLayout.JAVA_SHORT, 0, v6 ? AF_INET6 : AF_INET);
    all.set(ValueLayout.JAVA_BYTE, 2, (byte) (from.getPort() >>> 8));
    all.set(ValueLayout.JAVA_BYTE, 3, (byte) from.getPort());
    byte[] bytes = address.getAddress();
    MemorySegment.copy(bytes, 0, all, ValueLayout.JAVA_BYTE, v6 ? V6_AT : V4_AT, bytes.length);
    if (address instanceof Inet6Address scoped) {
      all.set(ValueLayout.JAVA_INT, SCOPE_AT, scoped.getScopeId());
    }
    return all;
  }

  /** Reads an address of a library. */
  static InetSocketAddress read(long at) throws IOException {
    short family = (short) (NativeCalls.getInt(at) & 0xffff);
    if (family != AF_INET && family != AF_INET6) {
      throw new IOException("expected an address of the internet, found family " + family);
    }
    byte[] port = NativeCalls.bytes(at + 2, 2);
    byte[] bytes =
        NativeCalls.bytes(at + (family == AF_INET6 ? V6_AT : V4_AT), family == AF_INET6 ? 16 : 4);
    return new InetSocketAddress(
        InetAddress.getByAddress(bytes),
        Byte.toUnsignedInt(port[0]) << 8 | Byte.toUnsignedInt(port[1]));
  }
}

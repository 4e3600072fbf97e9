package dev.cairn.tools.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The datagram socket of who started this process: sd_notify(3). */
public final class NotifySocket {
  private NotifySocket() {}

  /**
   * Sends one message.
   *
   * @param name a path, or {@code @} and an abstract name
   */
  public static void send(String name, String text) throws IOException {
    int fd = (int) LinuxException.check("socket", SocketCalls.datagramSocket());
    StreamSocket socket = new StreamSocket(fd, name);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = SocketAddresses.of(Path.of(name), arena);
      if (name.startsWith("@")) {
        // An abstract name begins with a NUL and ends where the address does.
        address.set(ValueLayout.JAVA_BYTE, 2, (byte) 0);
        address = address.asSlice(0, address.byteSize() - 1);
      }
      LinuxException.check("connect to " + name, SocketCalls.connect(fd, address));
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      MemorySegment message =
          arena.allocate(bytes.length, 1).copyFrom(MemorySegment.ofArray(bytes));
      LinuxException.check("send to " + name, SocketCalls.send(fd, message));
    } finally {
      socket.close();
    }
  }
}

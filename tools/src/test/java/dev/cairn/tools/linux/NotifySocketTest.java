package dev.cairn.tools.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NotifySocketTest {
  @Test
  void aMessageArrivesWhole(@TempDir Path directory) throws IOException {
    Path path = directory.resolve("notify");
    try (Arena arena = Arena.ofConfined()) {
      assertEquals("READY=1", sent(path.toString(), SocketAddresses.of(path, arena)));
    }
  }

  @Test
  void aNameMayBeAbstract() throws IOException {
    String name = "cairn-test-" + ProcessHandle.current().pid();
    try (Arena arena = Arena.ofConfined()) {
      byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
      MemorySegment address = arena.allocate(3 + bytes.length, 8);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) SocketCalls.AF_UNIX);
      MemorySegment.copy(bytes, 0, address, ValueLayout.JAVA_BYTE, 3, bytes.length);
      assertEquals("READY=1", sent("@" + name, address));
    }
  }

  @Test
  void whereNobodyListensThatIsSaid(@TempDir Path directory) {
    String name = directory.resolve("nobody").toString();
    assertThrows(LinuxException.class, () -> NotifySocket.send(name, "READY=1"));
  }

  private static String sent(String name, MemorySegment address) throws IOException {
    int fd = (int) LinuxException.check("socket", SocketCalls.datagramSocket());
    StreamSocket socket = new StreamSocket(fd, name);
    try (Arena arena = Arena.ofConfined()) {
      LinuxException.check("bind", SocketCalls.bind(fd, address));
      NotifySocket.send(name, "READY=1");
      MemorySegment into = arena.allocate(100);
      long length = LinuxException.check("recv", SocketCalls.receive(fd, into));
      byte[] bytes = into.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
      return new String(bytes, StandardCharsets.UTF_8);
    } finally {
      socket.close();
    }
  }
}

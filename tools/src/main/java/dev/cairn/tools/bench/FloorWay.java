package dev.cairn.tools.bench;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A request and a page over one TCP connection of loopback, and nothing around it. */
final class FloorWay implements PageWay {
  private static final long DEADLINE_SECONDS = 30;
  private static final String SAYS = "port ";

  private final Process child;
  private final SocketChannel socket;
  private final ByteBuffer request =
      ByteBuffer.allocateDirect(FloorChild.REQUEST).order(ByteOrder.LITTLE_ENDIAN);
  private final ByteBuffer page = ByteBuffer.allocateDirect(FloorChild.PAGE);
  private final MemorySegment content = MemorySegment.ofBuffer(page.duplicate());

  private FloorWay(Process child, SocketChannel socket) {
    this.child = child;
    this.socket = socket;
  }

  static FloorWay start(Workbench bench) throws IOException {
    Path log = bench.file("floor.log");
    Process child =
        Children.start(log, Children.java(List.of("-XX:+UseSerialGC"), FloorChild.class.getName()));
    boolean done = false;
    try {
      InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
      SocketChannel socket = SocketChannel.open(new InetSocketAddress(loopback, port(child, log)));
      socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
      done = true;
      return new FloorWay(child, socket);
    } finally {
      if (!done) {
        Children.reap(child);
      }
    }
  }

  private static int port(Process child, Path log) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (true) {
      String said = Files.readString(log, StandardCharsets.UTF_8);
      Optional<String> port =
          said.lines().filter(line -> line.startsWith(SAYS) && said.endsWith("\n")).findFirst();
      if (port.isPresent()) {
        return Integer.parseInt(port.get().substring(SAYS.length()));
      }
      if (!child.isAlive() || System.nanoTime() - end > 0) {
        throw new IOException("the floor's process does not listen: " + said);
      }
      Children.pause(TimeUnit.MILLISECONDS, 10);
    }
  }

  @Override
  public String name() {
    return "floor";
  }

  @Override
  public void page(long number, Taker taker) throws IOException {
    request.clear().putLong(0, number);
    while (request.hasRemaining()) {
      socket.write(request);
    }
    page.clear();
    while (page.hasRemaining()) {
      if (socket.read(page) < 0) {
        throw new EOFException("the floor's process has ended");
      }
    }
    taker.take(content);
  }

  @Override
  public void close() throws IOException {
    try (socket) {
      Children.reap(child);
    }
  }
}

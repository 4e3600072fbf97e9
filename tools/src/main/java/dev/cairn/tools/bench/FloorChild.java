package dev.cairn.tools.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Random;

/**
 * A process of its own that answers each request over TCP with a page out of its memory, and does
 * nothing else: no page over loopback can come sooner, from a JVM.
 */
public final class FloorChild {
  /** The page's number, and what makes it as long as QEMU's request for a page. */
  static final int REQUEST = 16;

  static final int PAGE = 4096;

  private static final int PAGES = 4096;

  private FloorChild() {}

  /** Says its port, answers one client until that is gone, and ends. */
  public static void main(String[] arguments) throws IOException {
    byte[] noise = new byte[PAGES * PAGE];
    new Random(1).nextBytes(noise);
    ByteBuffer pages =
        ByteBuffer.allocateDirect(noise.length).order(ByteOrder.LITTLE_ENDIAN).put(noise).clear();
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0));
      System.out.println("port " + ((InetSocketAddress) server.getLocalAddress()).getPort());
      try (SocketChannel client = server.accept()) {
        client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        serve(client, pages);
      }
    }
  }

  private static void serve(SocketChannel client, ByteBuffer pages) throws IOException {
    ByteBuffer request = ByteBuffer.allocateDirect(REQUEST).order(ByteOrder.LITTLE_ENDIAN);
    while (true) {
      request.clear();
      while (request.hasRemaining()) {
        if (client.read(request) < 0) {
          return;
        }
      }
      int at = (int) (request.getLong(0) % PAGES) * PAGE;
      pages.clear().putLong(at, request.getLong(0)).limit(at + PAGE).position(at);
      while (pages.hasRemaining()) {
        client.write(pages);
      }
    }
  }
}

package dev.cairn.tests.hosts;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Sends back what it is sent, on each connection, until its input ends. Not thread-safe. */
final class EchoMain {
  private EchoMain() {}

  /** Listens at an address and says the port. */
  public static void main(String[] arguments) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1000, InetAddress.ofLiteral(arguments[0]))) {
      Thread.ofVirtual().start(() -> serve(server));
      System.out.println("port " + server.getLocalPort() + " .");
      while (System.in.read() >= 0) {}
    }
  }

  /** Serves until the server is closed. */
  static void serve(ServerSocket server) {
    try {
      while (true) {
        Socket socket = server.accept();
        Thread.ofVirtual().start(() -> echo(socket));
      }
    } catch (IOException e) {
      // it was closed
    }
  }

  private static void echo(Socket socket) {
    try (socket) {
      InputStream in = socket.getInputStream();
      in.transferTo(socket.getOutputStream());
    } catch (IOException e) {
      // the peer has gone
    }
  }
}

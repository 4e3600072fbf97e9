package dev.cairn.tests.hosts;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;

/**
 * Sends numbers to an echo over one connection, the next one when the last has come back, and says
 * each; told to by a line of its input. Not thread-safe.
 */
final class PingMain {
  private PingMain() {}

  /** {@code ADDRESS PORT BYTES}: then sends so many bytes once, and says how long they took. */
  public static void main(String[] arguments) throws IOException {
    try (Socket socket =
        new Socket(InetAddress.ofLiteral(arguments[0]), Integer.parseInt(arguments[1]))) {
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      DataInputStream in = new DataInputStream(socket.getInputStream());
      int number = 0;
      int command;
      while ((command = System.in.read()) >= 0) {
        if (command == 'p') {
          out.writeInt(++number);
          if (in.readInt() != number) {
            throw new IOException("another number came back");
          }
          System.out.println("pong " + number + " .");
        } else if (command == 'b') {
          long before = System.nanoTime();
          bulk(in, out, Integer.parseInt(arguments[2]));
          long millis = (System.nanoTime() - before) / 1_000_000;
          System.out.println("bulk " + millis + " ms .");
        }
      }
    }
  }

  /** Sends bytes and gets them back at the same time. */
  private static void bulk(DataInputStream in, DataOutputStream out, int bytes) throws IOException {
    Thread writer =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    byte[] piece = new byte[64 << 10];
                    for (int left = bytes; left > 0; left -= piece.length) {
                      out.write(piece, 0, Math.min(left, piece.length));
                    }
                  } catch (IOException e) {
                    throw new AssertionError(e); // then they do not come back, either
                  }
                });
    in.skipNBytes(bytes);
    writer.interrupt();
  }
}

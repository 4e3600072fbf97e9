package dev.cairn.tools.linux;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** How Cairn starts a small process of its own, and is called back by it. Stateless. */
public final class SmallProcess {
  private static final Duration START = Duration.ofSeconds(30);
  private static final Duration LOOK = Duration.ofMillis(100);

  private SmallProcess() {}

  /** Returns a command: a JVM that starts fast and keeps little. */
  public static List<String> command(Class<?> main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xlog:disable",
            "-Xlog:all=off",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-Xms4m",
            "-Xmx24m",
            "-Xss512k",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName()));
    command.addAll(arguments);
    return command;
  }

  /**
   * Waits until a process that was started connects; others are shown the door.
   *
   * @throws IOException if it has ended, or does not come in time
   */
  public static UnixSocket accept(UnixListener listener, Process process) throws IOException {
    long end = System.nanoTime() + START.toNanos();
    while (true) {
      try {
        UnixSocket peer = listener.accept(LOOK);
        if (peer.peerPid() == process.pid()) {
          return peer;
        }
        peer.close();
      } catch (SocketTimeoutException e) {
        if (!process.isAlive()) {
          throw new IOException("it has ended with exit code " + process.exitValue(), e);
        }
        if (System.nanoTime() > end) {
          throw e;
        }
      }
    }
  }
}

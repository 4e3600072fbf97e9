package dev.cairn.tools.uffd;

import dev.cairn.tools.linux.UnixListener;
import dev.cairn.tools.linux.UnixSocket;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Starts keepers. */
final class KeeperProcess {
  private static final Duration START = Duration.ofSeconds(30);
  private static final Duration LOOK = Duration.ofMillis(100);

  private KeeperProcess() {}

  /** What it is handed before it says that it is ready. */
  @FunctionalInterface
  interface HandOver {
    void to(UnixSocket keeper) throws IOException;
  }

  /**
   * Starts one and waits until it has all. It outlives this process.
   *
   * @param door its path
   */
  static UnixSocket start(Path door, HandOver all) throws IOException {
    // 0700; nobody needs the name any more when both sides are connected.
    Path directory = Files.createTempDirectory("ck");
    Path path = directory.resolve("s");
    try (UnixListener listener = UnixListener.listen(path)) {
      Process process =
          new ProcessBuilder(command(path, door))
              // It lives on when nobody reads what it says: it must not keep anybody's pipe open.
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      process.getOutputStream().close();
      UnixSocket keeper = null;
      boolean done = false;
      try {
        keeper = accept(listener, process);
        all.to(keeper);
        KeeperWire.expect(keeper, KeeperWire.READY);
        done = true;
        return keeper;
      } catch (IOException e) {
        throw new IOException("the keeper does not start: " + e.getMessage(), e);
      } finally {
        if (!done) {
          process.destroyForcibly();
          if (keeper != null) {
            keeper.close();
          }
        }
      }
    } finally {
      Files.deleteIfExists(path);
      Files.deleteIfExists(directory);
    }
  }

  private static List<String> command(Path server, Path door) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
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
        KeeperMain.class.getName(),
        server.toString(),
        door.toAbsolutePath().toString());
  }

  private static UnixSocket accept(UnixListener listener, Process process) throws IOException {
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

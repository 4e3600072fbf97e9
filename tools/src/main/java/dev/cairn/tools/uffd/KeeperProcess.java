package dev.cairn.tools.uffd;

import dev.cairn.tools.linux.SmallProcess;
import dev.cairn.tools.linux.UnixListener;
import dev.cairn.tools.linux.UnixSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Starts keepers. */
final class KeeperProcess {
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
        keeper = SmallProcess.accept(listener, process);
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
    return SmallProcess.command(
        KeeperMain.class, List.of(server.toString(), door.toAbsolutePath().toString()));
  }
}

package dev.cairn.tools.uffd;

import dev.cairn.tools.linux.OwnSession;
import dev.cairn.tools.linux.UnixSocket;
import java.io.IOException;
import java.nio.file.Path;

/** The entry of a keeper process, which a server has started. It has nobody to speak to. */
public final class KeeperMain {
  private KeeperMain() {}

  /** Takes the socket at which its server waits, and the path of the door. */
  public static void main(String[] args) {
    int exit = 1;
    try {
      OwnSession.begin();
      UnixSocket server = UnixSocket.connect(Path.of(args[0]), KeeperWire.PATIENCE);
      Keeper.of(server, Path.of(args[1])).run();
      exit = 0;
    } catch (IOException | RuntimeException e) {
      System.err.println("cairn: the keeper: " + e.getMessage());
    }
    Runtime.getRuntime().halt(exit);
  }
}

package dev.cairn.tools.resume;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * A directory for sockets that nobody else may use, 0700; deleted with what is in it when it is
 * closed, or the process is told to end. Not thread-safe.
 */
final class PrivateDirectory implements Closeable {
  private final Path path;
  private final Thread deleteAtExit;
  private int sockets;
  private volatile boolean kept;

  private PrivateDirectory(Path path) {
    this.path = path;
    this.deleteAtExit = new Thread(this::deleteAtExit);
    Runtime.getRuntime().addShutdownHook(deleteAtExit);
  }

  static PrivateDirectory create() throws IOException {
    return new PrivateDirectory(Files.createTempDirectory("cairn-"));
  }

  /** Returns a path in it that nothing has had. */
  Path next(String name) {
    return path.resolve(name + "-" + sockets++);
  }

  /** Leaves it there: somebody needs it still. */
  void keep() {
    kept = true;
  }

  private void deleteAtExit() {
    try {
      delete();
    } catch (IOException e) {
      System.err.println("cairn: " + path + " is left behind: " + e.getMessage());
    }
  }

  private void delete() throws IOException {
    if (kept || !Files.exists(path)) {
      return;
    }
    try (Stream<Path> files = Files.list(path)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(path);
  }

  @Override
  public void close() throws IOException {
    try {
      Runtime.getRuntime().removeShutdownHook(deleteAtExit);
    } catch (IllegalStateException _) {
      return; // the process is ending: the hook does it
    }
    delete();
  }
}

package dev.cairn.tools.bench;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A file system in a file, mounted where nobody else sees it: among the mounts of a child, which
 * ends with this process, however that ends, and its mounts with it. Files are reached by the
 * child's root in /proc. Needs root. Not thread-safe.
 */
final class PrivateMount implements Closeable {
  private static final long DEADLINE_SECONDS = 30;
  private static final String READY = "ready";
  private static final String SCRIPT =
      "mount -o loop \"$1\" \"$2\" && echo " + READY + " && read -r _; umount \"$2\"";

  private final Process child;
  private final Path root;

  private PrivateMount(Process child, Path at) {
    this.child = child;
    Path inside = at.toAbsolutePath();
    this.root =
        Path.of("/proc", Long.toString(child.pid()), "root")
            .resolve(inside.getRoot().relativize(inside));
  }

  /**
   * Mounts a file system.
   *
   * @param image of it
   * @param at a directory
   * @param log takes what the child says
   */
  static PrivateMount mount(Path image, Path at, Path log) throws IOException {
    List<String> command =
        List.of(
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            SCRIPT,
            "sh",
            image.toString(),
            at.toString());
    Process child =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    PrivateMount mount = new PrivateMount(child, at);
    boolean done = false;
    try {
      mount.awaitReady(log);
      done = true;
      return mount;
    } finally {
      if (!done) {
        mount.close();
      }
    }
  }

  private void awaitReady(Path log) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    String said = "";
    while (System.nanoTime() - end < 0) {
      boolean ended = !child.isAlive();
      said = Files.readString(log, StandardCharsets.UTF_8);
      if (said.lines().anyMatch(READY::equals)) {
        return;
      }
      if (ended) {
        break;
      }
      Children.pause(TimeUnit.MILLISECONDS, 10);
    }
    throw new IOException("a mount of its own: " + said.strip());
  }

  /** Returns its root directory as this process reaches it. */
  Path root() {
    return root;
  }

  @Override
  public void close() throws IOException {
    try {
      child.getOutputStream().close(); // it unmounts
      child.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      Children.reap(child);
    }
  }
}

package dev.cairn.tests;

import dev.cairn.store.io.Missing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Starts children that mount file systems which nobody else sees, and which end with them. */
public final class PrivateMounts {
  private static final long DEADLINE_SECONDS = 60;

  private PrivateMounts() {}

  /** Tells whether this process is root's. */
  public static boolean isRoot() throws IOException {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
  }

  /**
   * Returns the command that starts another one among mounts of its own; skips if that is
   * impossible.
   */
  public static List<String> launcher(Path directory) throws IOException, InterruptedException {
    List<String> launcher = new ArrayList<>(List.of("unshare", "--mount"));
    if (!isRoot()) {
      launcher.addAll(List.of("--user", "--map-root-user"));
    }
    List<String> mount =
        List.of("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", directory.toString());
    require(launcher, mount, "the right to mount a tmpfs (unshare --mount, or user namespaces)");
    return launcher;
  }

  /** Returns the command that starts another one without root's right to do everything. */
  public static List<String> withoutPrivileges() throws IOException, InterruptedException {
    if (!isRoot()) {
      return List.of();
    }
    List<String> launcher = List.of("unshare", "--user");
    require(launcher, List.of("true"), "user namespaces, for root to be nobody in");
    return launcher;
  }

  private static void require(List<String> launcher, List<String> command, String what)
      throws IOException, InterruptedException {
    List<String> probe = new ArrayList<>(launcher);
    probe.addAll(command);
    if (exit(probe) != 0) {
      missing(what);
    }
  }

  /** Skips a test, and names what was missing; in CI nothing is missing. */
  public static void missing(String what) {
    Missing.part(what);
  }

  /** Runs a command to its end. */
  public static int exit(List<String> command) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      try {
        return process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS) ? process.exitValue() : -1;
      } finally {
        process.destroyForcibly();
        process.onExit().orTimeout(DEADLINE_SECONDS, TimeUnit.SECONDS).join();
      }
    } catch (IOException e) {
      return -1; // no such program
    }
  }
}

package dev.cairn.tests.powercut;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A file system on a file, by a loop device that the kernel frees with the mount: also if this
 * process dies, because then its private mounts are gone.
 */
final class Mount implements AutoCloseable {
  private final Path directory;

  Mount(Path disk, Path directory) throws IOException {
    this.directory = directory;
    Programs.run("mount", "-o", "loop", disk.toString(), directory.toString());
  }

  @Override
  public void close() throws IOException {
    Programs.run("umount", directory.toString());
  }
}

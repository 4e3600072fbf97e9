package dev.cairn.store.io;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Owns one file descriptor that the JDK does not know of, always of a regular file. Safe for use by
 * several threads, but whoever closes it sees to it that nobody is using it.
 *
 * <p>Closing lets its flock go explicitly first: a child between fork and exec has a copy of the
 * descriptor, and would keep the lock for that moment.
 */
final class Descriptor implements Closeable {
  /** Always: no child inherits it, no symbolic link is followed, no FIFO blocks the open. */
  private static final int ALWAYS = Libc.O_CLOEXEC | Libc.O_NOFOLLOW | Libc.O_NONBLOCK;

  private static final int MODE_0600 = 0x180;

  private final Path path;
  private final int fd;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Descriptor(Path path, int fd) {
    this.path = path;
    this.fd = fd;
  }

  /** Opens a regular file. */
  static Descriptor open(Path path, int flags) throws IOException {
    return open(path, path, flags);
  }

  /**
   * Opens a regular file that has no name yet and vanishes unless it gets one.
   *
   * @param path the name that it is to have
   * @throws UnsupportedOperationException if the file system has no O_TMPFILE
   */
  static Descriptor openNameless(Path path) throws IOException {
    Path directory = Objects.requireNonNull(path.getParent(), "a name within a directory");
    return open(path, directory, Libc.O_TMPFILE | Libc.O_RDWR);
  }

  private static Descriptor open(Path path, Path opened, int flags) throws IOException {
    int fd;
    do {
      fd = Libc.open(opened.toString(), flags | ALWAYS, MODE_0600);
    } while (fd == -Libc.EINTR);
    if ((flags & Libc.O_TMPFILE) == Libc.O_TMPFILE
        && (fd == -Libc.EOPNOTSUPP || fd == -Libc.EISDIR)) {
      throw new UnsupportedOperationException("O_TMPFILE");
    }
    if (fd < 0) {
      throw FileFailures.of(path, "open", -fd);
    }
    Descriptor descriptor = new Descriptor(path, fd);
    try {
      if (!descriptor.attributes().isRegularFile()) {
        throw new FileSystemException(path.toString(), null, "is not a regular file");
      }
      return descriptor;
    } catch (IOException | RuntimeException e) {
      descriptor.closeAfter(e);
      throw e;
    }
  }

  /** Opens a channel on the very same file, whatever its name stands for by now. */
  FileChannel openChannel(OpenOption... options) throws IOException {
    return FileChannel.open(procPath(), options);
  }

  /** Asks the kernel to start writing a range out. Whether it does shows in the sync alone. */
  void startWriteOut(long offset, long length) {
    Libc.startWriteOut(fd, offset, length);
  }

  /** Gives a nameless file its name. */
  void linkAs(Path name) throws IOException {
    int result = Libc.linkFollowing(procPath().toString(), name.toString());
    if (result < 0) {
      throw FileFailures.of(name, "create", -result);
    }
  }

  /** Tries once to take the flock, {@link Libc#LOCK_SH} or {@link Libc#LOCK_EX}. */
  boolean tryFlock(int operation) throws IOException {
    int result;
    do {
      result = Libc.flock(fd, operation | Libc.LOCK_NB);
    } while (result == -Libc.EINTR);
    if (result < 0 && result != -Libc.EAGAIN) {
      throw FileFailures.of(path, "flock", -result);
    }
    return result >= 0;
  }

  /** Tells whether the path still stands for this file. */
  boolean isStillNamed() throws IOException {
    try {
      BasicFileAttributes named =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return Objects.equals(named.fileKey(), attributes().fileKey());
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Closes it while another failure is on its way, to which a failure to close is added. */
  void closeAfter(Exception failure) {
    try {
      close();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  @Override
  public void close() throws IOException {
    if (closed.getAndSet(true)) {
      return;
    }
    int unlocked = Libc.flock(fd, Libc.LOCK_UN);
    int result = Libc.close(fd);
    if (result < 0 && result != -Libc.EINTR) {
      throw FileFailures.of(path, "close", -result);
    }
    if (unlocked < 0) {
      throw FileFailures.of(path, "unlock", -unlocked);
    }
  }

  private BasicFileAttributes attributes() throws IOException {
    return Files.readAttributes(procPath(), BasicFileAttributes.class);
  }

  /** Returns how many names the file has. */
  int names() throws IOException {
    return (Integer) Files.getAttribute(procPath(), "unix:nlink");
  }

  private Path procPath() {
    if (closed.get()) {
      throw new IllegalStateException(path + ": descriptor is closed");
    }
    return Path.of("/proc/self/fd/" + fd);
  }
}

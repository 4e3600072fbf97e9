package dev.cairn.tools.linux;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A file, open to be asked where its data and its holes are. Safe for use by several threads, but
 * whoever closes it sees to it that nobody is using it.
 */
public final class SparseFile implements Extents, Closeable {
  private final Path path;
  private final int fd;
  private final AtomicBoolean closed = new AtomicBoolean();

  private SparseFile(Path path, int fd) {
    this.path = path;
    this.fd = fd;
  }

  /** Opens a file; does not wait for anybody if it is a FIFO. */
  public static SparseFile open(Path path) throws IOException {
    int fd;
    do {
      fd =
          LinuxCalls.open(
              path.toString(), LinuxCalls.O_RDONLY | LinuxCalls.O_NONBLOCK | LinuxCalls.O_CLOEXEC);
    } while (fd == -LinuxCalls.EINTR);
    if (fd >= 0) {
      return new SparseFile(path, fd);
    }
    throw switch (-fd) {
      case LinuxCalls.ENOENT -> new NoSuchFileException(path.toString());
      case LinuxCalls.EACCES -> new AccessDeniedException(path.toString());
      default -> new FileSystemException(path.toString(), null, "open: errno " + -fd);
    };
  }

  /** Lets the kernel drop what it keeps of the content in memory, as far as that is on disk. */
  public void dropCached() throws IOException {
    LinuxException.check("posix_fadvise", LinuxCalls.adviseNotNeeded(fd));
  }

  /** Returns a name for this very file, whatever its own name stands for by now. */
  public Path descriptor() {
    return Path.of("/proc/self/fd/" + fd);
  }

  @Override
  public long data(long offset) throws IOException {
    return seek(offset, LinuxCalls.SEEK_DATA);
  }

  @Override
  public long hole(long offset) throws IOException {
    return seek(offset, LinuxCalls.SEEK_HOLE);
  }

  private long seek(long offset, int whence) throws IOException {
    long result = LinuxCalls.seek(fd, offset, whence);
    if (result == -LinuxCalls.ENXIO) {
      return Long.MAX_VALUE;
    }
    if (result == -LinuxCalls.EINVAL) {
      throw new UntoldHolesException(path.toString());
    }
    if (result < 0) {
      throw new FileSystemException(
          path.toString(), null, "lseek from " + offset + ": errno " + -result);
    }
    return result;
  }

  @Override
  public long allocatedBytes() {
    return LinuxCalls.use(fd).allocatedBytes();
  }

  @Override
  public long blockBytes() {
    return LinuxCalls.use(fd).blockBytes();
  }

  @Override
  public void close() throws IOException {
    if (!closed.getAndSet(true)) {
      int result = LinuxCalls.close(fd);
      if (result < 0 && result != -LinuxCalls.EINTR) {
        throw new FileSystemException(path.toString(), null, "close: errno " + -result);
      }
    }
  }

  /** The file system does not know SEEK_DATA and SEEK_HOLE. */
  public static final class UntoldHolesException extends FileSystemException {
    private static final long serialVersionUID = 1;

    public UntoldHolesException(String file) {
      super(file, null, "the file system does not tell where holes are");
    }
  }
}

package dev.cairn.tools.linux;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file in memory, without a name: another process writes it, this one reads it. Nobody waits for
 * a disk. Not thread-safe.
 */
public final class MemoryFile implements Closeable {
  private final StreamSocket owned;
  private final StreamSocket writable;
  private final FileChannel channel;

  private MemoryFile(StreamSocket owned, StreamSocket writable, FileChannel channel) {
    this.owned = owned;
    this.writable = writable;
    this.channel = channel;
  }

  /** Makes an empty one. */
  public static MemoryFile create(String name) throws IOException {
    int fd = (int) LinuxException.check("memfd_create", LinuxCalls.memoryFile(name));
    StreamSocket owned = new StreamSocket(fd, name);
    StreamSocket writable = null;
    try {
      Path path = Path.of("/proc/self/fd/" + fd);
      int flags = LinuxCalls.O_WRONLY | LinuxCalls.O_CLOEXEC;
      int out = (int) LinuxException.check("open", LinuxCalls.open(path.toString(), flags));
      writable = new StreamSocket(out, name);
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      return new MemoryFile(owned, writable, channel);
    } catch (IOException e) {
      if (writable != null) {
        writable.close();
      }
      owned.close();
      throw e;
    }
  }

  /** Does something with a descriptor that is open for writing only. */
  public void withWritable(Writing writing) throws IOException {
    writable.use(
        fd -> {
          writing.with(fd);
          return true;
        });
  }

  /** What is done with the descriptor. */
  @FunctionalInterface
  public interface Writing {
    void with(int descriptor) throws IOException;
  }

  /**
   * Returns all that was written.
   *
   * @throws IOException if that is more than {@code most}
   */
  public byte[] bytes(long most) throws IOException {
    long length = channel.size();
    if (length > most) {
      throw new IOException("a file of " + length + " bytes: expected at most " + most);
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) length);
    while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
      // goes on
    }
    if (bytes.hasRemaining()) {
      throw new IOException("a file of " + length + " bytes became shorter while it was read");
    }
    return bytes.array();
  }

  @Override
  public void close() throws IOException {
    writable.close();
    owned.close();
    channel.close();
  }
}

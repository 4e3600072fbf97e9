package dev.cairn.store.io;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Owns an open file of a file system. Safe for use by several threads.
 *
 * <p>An interrupt closes a {@code FileChannel} under all threads that share it. The descriptor
 * beside it survives: the interrupted thread gets its exception, and the others open a new channel
 * through it, even if the file has been deleted meanwhile.
 */
final class FileSystemInput implements StoreInput {
  private final Path path;
  private final Descriptor descriptor;
  private volatile FileChannel channel;
  private boolean closed; // guarded by this

  private FileSystemInput(Path path, Descriptor descriptor, FileChannel channel) {
    this.path = path;
    this.descriptor = descriptor;
    this.channel = channel;
  }

  static FileSystemInput open(Path path) throws IOException {
    Descriptor descriptor = Descriptor.open(path, Libc.O_RDONLY);
    try {
      return new FileSystemInput(path, descriptor, descriptor.openChannel(StandardOpenOption.READ));
    } catch (IOException | RuntimeException e) {
      descriptor.closeAfter(e);
      throw e;
    }
  }

  @Override
  public long length() throws IOException {
    while (true) {
      FileChannel current = channel;
      try {
        return current.size();
      } catch (ClosedByInterruptException e) {
        throw FileFailures.of(path, "length", e);
      } catch (ClosedChannelException e) {
        replace(current);
      } catch (IOException e) {
        throw FileFailures.of(path, "length", e);
      }
    }
  }

  @Override
  public int names() throws IOException {
    return descriptor.names();
  }

  @Override
  public void read(long offset, MemorySegment into) throws IOException {
    if (offset < 0) {
      throw new IllegalArgumentException(path + ": negative offset " + offset);
    }
    long lengthBytes = into.byteSize();
    long doneBytes = 0;
    while (doneBytes < lengthBytes) {
      ByteBuffer buffer = Segments.part(into, doneBytes);
      int count = readOnce(offset + doneBytes, buffer);
      if (count < 0) {
        throw new EOFException(
            path + ": ends before " + (offset + lengthBytes) + ", read from offset " + offset);
      }
      doneBytes += count;
    }
  }

  private int readOnce(long offset, ByteBuffer buffer) throws IOException {
    while (true) {
      FileChannel current = channel;
      try {
        return current.read(buffer, offset);
      } catch (ClosedByInterruptException e) {
        throw FileFailures.of(path, "read at offset " + offset, e);
      } catch (ClosedChannelException e) {
        replace(current);
      } catch (IOException e) {
        throw FileFailures.ofRead(path, offset, e);
      }
    }
  }

  @Override
  public Optional<MemorySegment> map(long offset, long length, Arena arena) throws IOException {
    while (true) {
      FileChannel current = channel;
      try {
        if (length > current.size() - offset) {
          throw new EOFException(path + ": ends before " + (offset + length));
        }
        return Optional.of(current.map(FileChannel.MapMode.READ_ONLY, offset, length, arena));
      } catch (ClosedByInterruptException e) {
        throw FileFailures.of(path, "map", e);
      } catch (ClosedChannelException e) {
        replace(current);
      }
    }
  }

  private synchronized void replace(FileChannel dead) throws IOException {
    if (closed) {
      throw FileFailures.closed(path);
    }
    if (channel == dead) {
      channel = descriptor.openChannel(StandardOpenOption.READ);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (descriptor) {
      channel.close();
    }
  }
}

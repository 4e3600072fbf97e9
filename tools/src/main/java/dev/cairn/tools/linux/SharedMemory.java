package dev.cairn.tools.linux;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory without a name that several processes map by one descriptor, all populated. It outlives a
 * process that is killed as long as another has the descriptor. Thread-safe as memory is.
 */
public final class SharedMemory implements Closeable {
  private final StreamSocket owned;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;

  @SuppressWarnings("restricted") // The address and the length are those of the mapping just made.
  private SharedMemory(StreamSocket owned, long lengthBytes) throws IOException {
    this.owned = owned;
    long address =
        LinuxException.check("mmap", owned.use(fd -> LinuxCalls.mapShared(fd, lengthBytes)));
    memory =
        MemorySegment.ofAddress(address)
            .reinterpret(lengthBytes, arena, _ -> LinuxCalls.unmap(address, lengthBytes));
  }

  /** Makes some, all zero. */
  public static SharedMemory create(String name, long lengthBytes) throws IOException {
    int fd = (int) LinuxException.check("memfd_create", LinuxCalls.memoryFile(name));
    StreamSocket owned = new StreamSocket(fd, name);
    try {
      LinuxException.check("ftruncate", LinuxCalls.truncate(fd, lengthBytes));
      return new SharedMemory(owned, lengthBytes);
    } catch (IOException e) {
      owned.close();
      throw e;
    }
  }

  /**
   * Maps what another process of this user made, who makes it no shorter.
   *
   * @param number was received; closed by this from now on, also if this fails
   */
  public static SharedMemory adopt(int number, String name) throws IOException {
    StreamSocket owned = new StreamSocket(number, name);
    try {
      long length = LinuxException.check("lseek", LinuxCalls.seek(number, 0, LinuxCalls.SEEK_END));
      if (length == 0) {
        throw new IOException(name + ": expected memory, found none");
      }
      return new SharedMemory(owned, length);
    } catch (IOException e) {
      owned.close();
      throw e;
    }
  }

  public MemorySegment memory() {
    return memory;
  }

  /** Returns the descriptor's number, to pass it to another process. */
  public int number() {
    return owned.number();
  }

  @Override
  public void close() {
    arena.close();
    owned.close();
  }
}

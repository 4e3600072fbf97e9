package dev.cairn.store.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Owns a file of a {@link MemoryFileSystem} that is being written, and its flock. Safe for use by
 * several threads.
 */
final class MemoryFileOutput implements StoreOutput {
  private static final int BLOCK_BYTES = MemoryFileSystem.BLOCK_BYTES;

  private final String path;
  private final MemoryFileSystem.File file;
  private final MemoryProcess process;
  private final MemoryProcess.Handle handle;
  private boolean closed;
  private boolean syncFailed;

  MemoryFileOutput(String path, MemoryFileSystem.File file, MemoryProcess process) {
    this.path = path;
    this.file = file;
    this.process = process;
    MemoryFileSystem.Holder holder = new MemoryFileSystem.Holder();
    file.flock = holder;
    this.handle =
        () -> {
          process.system.unlock(file, holder);
          process.system.release(file);
        };
    process.system.acquire(file);
    process.add(handle);
  }

  @Override
  public void write(long offset, MemorySegment data) throws IOException {
    if (offset < 0) {
      throw new IllegalArgumentException(path + ": negative offset " + offset);
    }
    synchronized (process.system) {
      check();
      process.system.mutate(path + ": write at offset " + offset);
      for (long done = 0; done < data.byteSize(); ) {
        long at = offset + done;
        long within = at % BLOCK_BYTES;
        long count = Math.min(BLOCK_BYTES - within, data.byteSize() - done);
        byte[] block = process.system.blockForWriting(file, at, path);
        MemorySegment.copy(data, done, MemorySegment.ofArray(block), within, count);
        done += count;
        file.lengthBytes = Math.max(file.lengthBytes, at + count);
      }
    }
  }

  @Override
  public void sync() throws IOException {
    synchronized (process.system) {
      check();
      try {
        process.system.mutate(path + ": sync");
      } catch (IOException e) {
        syncFailed = true;
        throw e;
      }
    }
  }

  private void check() throws IOException {
    process.check();
    if (closed) {
      throw new IOException(path + ": is closed");
    }
    if (syncFailed) {
      throw new IOException(path + ": an earlier sync failed: what was written is lost");
    }
  }

  @Override
  public void close() {
    synchronized (process.system) {
      closed = true;
      process.release(handle);
    }
  }
}

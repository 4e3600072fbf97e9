package dev.cairn.store.io;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Owns an open file of a {@link MemoryFileSystem}. Safe for use by several threads. */
final class MemoryFileInput implements StoreInput {
  private static final int BLOCK_BYTES = MemoryFileSystem.BLOCK_BYTES;

  private final String path;
  private final MemoryFileSystem.File file;
  private final MemoryProcess process;
  private final MemoryProcess.Handle handle;
  private boolean closed;

  MemoryFileInput(String path, MemoryFileSystem.File file, MemoryProcess process) {
    this.path = path;
    this.file = file;
    this.process = process;
    this.handle = () -> process.system.release(file);
    process.system.acquire(file);
    process.add(handle);
  }

  @Override
  public long length() throws IOException {
    synchronized (process.system) {
      check();
      return file.lengthBytes;
    }
  }

  @Override
  public int names() throws IOException {
    synchronized (process.system) {
      check();
      return MemoryFileSystem.names(process.system.root, file);
    }
  }

  @Override
  public void read(long offset, MemorySegment into) throws IOException {
    if (offset < 0) {
      throw new IllegalArgumentException(path + ": negative offset " + offset);
    }
    synchronized (process.system) {
      check();
      if (into.byteSize() > 0 && offset > file.lengthBytes - into.byteSize()) {
        throw new EOFException(path + ": ends before " + (offset + into.byteSize()));
      }
      for (long done = 0; done < into.byteSize(); ) {
        long at = offset + done;
        long within = at % BLOCK_BYTES;
        long count = Math.min(BLOCK_BYTES - within, into.byteSize() - done);
        byte[] block = file.blocks.get(at / BLOCK_BYTES);
        if (block == null) {
          into.asSlice(done, count).fill((byte) 0);
        } else {
          MemorySegment.copy(MemorySegment.ofArray(block), within, into, done, count);
        }
        done += count;
      }
    }
  }

  private void check() throws IOException {
    process.check();
    if (closed) {
      throw new IOException(path + ": is closed");
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

package dev.cairn.tools.capture;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The part of spools that does not fit into memory: extents in one file without a name, made when
 * it is first needed, 0600. It is gone with the process. Thread-safe.
 */
final class SpillFile implements Closeable {
  private final Path directory;
  private final long mostBytes;
  private final Deque<Long> free = new ArrayDeque<>();
  private @Nullable FileChannel file;
  private long end;
  private boolean closed;

  /**
   * @param directory in the store's file system; made if need be
   * @param mostBytes that the file may have
   */
  SpillFile(Path directory, long mostBytes) {
    this.directory = directory;
    this.mostBytes = mostBytes;
  }

  /** Returns the offset of an extent of {@link SpoolMemory#SLAB_BYTES} that nobody else has. */
  synchronized long take() throws NoRoomException {
    Long extent = free.poll();
    if (extent != null) {
      return extent;
    }
    if (end + SpoolMemory.SLAB_BYTES > mostBytes) {
      throw new NoRoomException(
          String.format(
              Locale.ROOT,
              "the buffer and its spill file of %d MiB are full: a checkpoint is dropped; make"
                  + " room in the store's file system, or give more --buffer",
              mostBytes >> 20));
    }
    try {
      open();
    } catch (IOException e) {
      throw failed(e);
    }
    long extentAt = end;
    end += SpoolMemory.SLAB_BYTES;
    return extentAt;
  }

  /** Gives an extent back; with the last one the file is empty. */
  synchronized void give(long extent) throws IOException {
    free.add(extent);
    if (file != null && !closed && free.size() == end / SpoolMemory.SLAB_BYTES) {
      free.clear();
      end = 0;
      file.truncate(0);
    }
  }

  private FileChannel open() throws IOException {
    if (closed) {
      throw new IOException("the spill file is closed");
    }
    if (file == null) {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Path path = directory.resolve("spill-" + UUID.randomUUID());
      file =
          FileChannel.open(
              path,
              Set.of(
                  StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.delete(path);
    }
    return file;
  }

  private synchronized FileChannel file() throws IOException {
    return open();
  }

  /** Writes all bytes. */
  void write(long offset, MemorySegment from) throws NoRoomException {
    try {
      FileChannel out = file();
      ByteBuffer bytes = from.asByteBuffer();
      long at = offset;
      while (bytes.hasRemaining()) {
        at += out.write(bytes, at);
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Fills memory. */
  void read(long offset, MemorySegment into) throws IOException {
    FileChannel in = file();
    ByteBuffer bytes = into.asByteBuffer();
    long at = offset;
    while (bytes.hasRemaining()) {
      int count = in.read(bytes, at);
      if (count < 0) {
        throw new EOFException("the spill file ends at " + at);
      }
      at += count;
    }
  }

  private NoRoomException failed(IOException e) {
    return new NoRoomException(
        "the buffer is full, and there is no room to spill in "
            + directory
            + " ("
            + e.getMessage()
            + "): a checkpoint is dropped; make room, or give more --buffer",
        e);
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    if (file != null) {
      file.close();
    }
  }
}

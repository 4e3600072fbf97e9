package dev.cairn.store.io;

import dev.cairn.store.BusyException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Owns a file that is being written, and its flock. Safe for use by several threads; an interrupt
 * of one of them closes the file for all, as its write may be half done.
 *
 * <p>The file gets its name only when it is locked: it is created nameless (O_TMPFILE), flock'ed,
 * then linked. So whoever lists the directory never sees it unlocked while its owner lives.
 */
final class FileSystemOutput implements StoreOutput {
  /** So large a write goes to the disk at once, while the next one is made: the sync is shorter. */
  private static final int WRITE_OUT_BYTES = 256 << 10;

  private final Path path;
  private final Descriptor locked;
  private final FileChannel channel;
  private volatile boolean syncFailed;

  private FileSystemOutput(Path path, Descriptor locked, FileChannel channel) {
    this.path = path;
    this.locked = locked;
    this.channel = channel;
  }

  static FileSystemOutput create(Path path) throws IOException {
    try {
      return createNameless(path);
    } catch (UnsupportedOperationException e) {
      return createVisibly(path);
    }
  }

  private static FileSystemOutput createNameless(Path path) throws IOException {
    Descriptor descriptor = Descriptor.openNameless(path);
    try {
      flock(descriptor, path);
      FileChannel channel = descriptor.openChannel(StandardOpenOption.WRITE);
      try {
        descriptor.linkAs(path);
        return new FileSystemOutput(path, descriptor, channel);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      descriptor.closeAfter(e);
      throw e;
    }
  }

  /**
   * The way for a file system without O_TMPFILE (an overlayfs before Linux 6.3). Between creation
   * and flock a sweeper may take the file for abandoned. Then this fails as busy, or, if the
   * sweeper asked before the flock and deletes after it, the later rename fails: the file is never
   * published in part, and no name but the sweeper's victim is touched.
   */
  static FileSystemOutput createVisibly(Path path) throws IOException {
    Descriptor descriptor = Descriptor.open(path, Libc.O_RDWR | Libc.O_CREAT | Libc.O_EXCL);
    try {
      flock(descriptor, path);
      if (!descriptor.isStillNamed()) {
        throw new BusyException(path + " was swept away while it was created; try again");
      }
      return new FileSystemOutput(
          path, descriptor, descriptor.openChannel(StandardOpenOption.WRITE));
    } catch (IOException | RuntimeException e) {
      descriptor.closeAfter(e);
      throw e;
    }
  }

  /** Opens what a process that died has begun. */
  static FileSystemOutput reopen(Path path) throws IOException {
    Descriptor descriptor = Descriptor.open(path, Libc.O_RDWR);
    try {
      flock(descriptor, path);
      if (!descriptor.isStillNamed()) {
        throw new NoSuchFileException(path.toString()); // taken away before the flock
      }
      return new FileSystemOutput(
          path, descriptor, descriptor.openChannel(StandardOpenOption.WRITE));
    } catch (IOException | RuntimeException e) {
      descriptor.closeAfter(e);
      throw e;
    }
  }

  private static void flock(Descriptor descriptor, Path path) throws IOException {
    if (!descriptor.tryFlock(Libc.LOCK_EX)) {
      throw new BusyException(
          path + " is locked by another process or thread; try again when it is done");
    }
  }

  @Override
  public void write(long offset, MemorySegment data) throws IOException {
    if (offset < 0) {
      throw new IllegalArgumentException(path + ": negative offset " + offset);
    }
    checkSyncable();
    long lengthBytes = data.byteSize();
    long doneBytes = 0;
    while (doneBytes < lengthBytes) {
      ByteBuffer buffer = Segments.part(data, doneBytes);
      try {
        doneBytes += channel.write(buffer, offset + doneBytes);
      } catch (IOException e) {
        throw failure("write at offset " + (offset + doneBytes), e);
      }
    }
    if (lengthBytes >= WRITE_OUT_BYTES) {
      locked.startWriteOut(offset, lengthBytes);
    }
  }

  @Override
  public void sync() throws IOException {
    checkSyncable();
    try {
      channel.force(true);
    } catch (IOException e) {
      syncFailed = true;
      throw failure("sync", e);
    }
  }

  private void checkSyncable() throws IOException {
    if (syncFailed) {
      throw FileFailures.syncFailedBefore(path);
    }
  }

  private IOException failure(String action, IOException e) {
    return e instanceof ClosedChannelException && !(e instanceof ClosedByInterruptException)
        ? FileFailures.closed(path)
        : FileFailures.of(path, action, e);
  }

  @Override
  public void close() throws IOException {
    try (locked) {
      channel.close();
    }
  }
}

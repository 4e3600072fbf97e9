package dev.cairn.store.io;

import dev.cairn.store.BusyException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Owns one held flock of a lock file. Safe for use by several threads.
 *
 * <p>There is no mutex beside the flock. A flock belongs to the open file description, not to the
 * process, and each acquisition opens the file anew; so threads of one process exclude each other
 * exactly as processes do, also through two directories of the same path, and without any state
 * that two class loaders could hold twice.
 */
final class FileSystemLock implements StoreLock {
  private static final long FIRST_WAIT_NANOS = 500_000;
  private static final long LONGEST_WAIT_NANOS = 50_000_000;

  private final Descriptor descriptor;

  private FileSystemLock(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Takes the lock. flock(2) has no timeout, so it is tried at growing intervals of at most 50 ms.
   */
  static FileSystemLock acquire(Path path, Duration patience, LongSupplier nanoTime)
      throws IOException {
    long patienceNanos = nanos(patience);
    long startNanos = nanoTime.getAsLong();
    long waitNanos = FIRST_WAIT_NANOS;
    while (true) {
      Descriptor descriptor = open(path);
      try {
        while (!descriptor.tryFlock(Libc.LOCK_EX)) {
          long leftNanos = patienceNanos - (nanoTime.getAsLong() - startNanos);
          if (leftNanos <= 0) {
            throw new BusyException(
                path
                    + " is held by another process or thread for "
                    + patience.toMillis()
                    + " ms; try again when it is done");
          }
          pause(path, Math.min(waitNanos, leftNanos));
          waitNanos = Math.min(waitNanos * 2, LONGEST_WAIT_NANOS);
        }
        if (descriptor.isStillNamed()) {
          return new FileSystemLock(descriptor);
        }
      } catch (IOException | RuntimeException e) {
        descriptor.closeAfter(e);
        throw e;
      }
      descriptor.close(); // somebody deleted the file while we waited: a lock on it locks nothing
    }
  }

  /** flock asks for no right to write: who may only read a store can lock it all the same. */
  private static Descriptor open(Path path) throws IOException {
    try {
      return Descriptor.open(path, Libc.O_RDWR | Libc.O_CREAT);
    } catch (FileSystemException e) {
      if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) && !Files.isWritable(path)) {
        return Descriptor.open(path, Libc.O_RDONLY);
      }
      throw e;
    }
  }

  private static long nanos(Duration patience) {
    try {
      return patience.toNanos();
    } catch (ArithmeticException e) {
      return patience.isNegative() ? 0 : Long.MAX_VALUE;
    }
  }

  private static void pause(Path path, long nanos) throws InterruptedIOException {
    LockSupport.parkNanos(nanos);
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException(path + ": interrupted while waiting for the lock");
    }
  }

  @Override
  public void close() throws IOException {
    descriptor.close();
  }
}

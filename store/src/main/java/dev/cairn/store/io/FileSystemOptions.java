package dev.cairn.store.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * What a {@link FileSystemDirectory} takes from outside. Immutable.
 *
 * @param allowUnsafeFileSystem whether a file system whose flock, fsync or atomic rename may not
 *     hold is taken all the same
 * @param typeOf tells the type of a file system
 * @param nanoTime the clock by which waiting for a lock ends, as {@link System#nanoTime}
 */
public record FileSystemOptions(
    boolean allowUnsafeFileSystem, TypeLookup typeOf, LongSupplier nanoTime) {
  /** Tells of what type the file system of a path is. */
  @FunctionalInterface
  public interface TypeLookup {
    /** Returns the type by its name in {@code /proc/mounts}. */
    String typeOf(Path path) throws IOException;
  }

  /** Returns the options for daily use: the JDK's own file stores and clock, nothing unsafe. */
  public static FileSystemOptions standard() {
    return new FileSystemOptions(false, path -> Files.getFileStore(path).type(), System::nanoTime);
  }

  /** Returns these options, but with unsafe file systems allowed or refused. */
  public FileSystemOptions withUnsafeFileSystem(boolean allowed) {
    return new FileSystemOptions(allowed, typeOf, nanoTime);
  }
}

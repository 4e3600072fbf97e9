package dev.cairn.chain.catalog;

import dev.cairn.chain.Store;
import dev.cairn.store.BadInputException;
import dev.cairn.store.BusyException;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreLock;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;

/**
 * Owns STORE/catalog and its writer's lock: the lock file lies beside the database's directory, so
 * that the database can be thrown away under it. Not thread-safe.
 */
final class CatalogFiles implements Closeable {
  private static final String LOCK = "LOCK";
  private static final String DATABASE = "rocksdb";

  private final StoreDirectory database;
  private final StoreLock lock;

  private CatalogFiles(StoreDirectory database, StoreLock lock) {
    this.database = database;
    this.lock = lock;
  }

  /**
   * Makes the directories if need be, without following a symbolic link, and takes the lock.
   *
   * @return empty if another process or thread has it, or if the store is not in a file system
   * @throws BadInputException if something else lies there
   */
  static Optional<CatalogFiles> tryLock(Store store) throws IOException {
    try {
      return tryLockOwn(store);
    } catch (FileAlreadyExistsException e) {
      throw new BadInputException(
          e.getFile()
              + ": expected a directory of the catalog's own, found a link or a file; it holds"
              + " nothing that the chains do not say: rm "
              + e.getFile()
              + ", then: cairn reindex");
    }
  }

  private static Optional<CatalogFiles> tryLockOwn(Store store) throws IOException {
    Optional<StoreDirectory> made = store.makeCatalogDirectory();
    if (made.isEmpty()) {
      return Optional.empty();
    }
    try (StoreDirectory catalog = made.get()) {
      StoreLock lock = catalog.lock(LOCK, Duration.ZERO);
      boolean done = false;
      try {
        CatalogFiles files = new CatalogFiles(catalog.makeDirectory(DATABASE), lock);
        done = true;
        return Optional.of(files);
      } finally {
        if (!done) {
          lock.close();
        }
      }
    } catch (BusyException e) {
      return Optional.empty();
    }
  }

  /** Returns where the database is, if there is one. Takes no lock and makes nothing. */
  static Optional<String> find(Store store) throws IOException {
    try {
      Optional<StoreDirectory> found = store.openCatalogDirectory();
      if (found.isEmpty()) {
        return Optional.empty();
      }
      try (StoreDirectory catalog = found.get();
          StoreDirectory database = catalog.openDirectory(DATABASE)) {
        return database.exists("CURRENT") ? Optional.of(database.path()) : Optional.empty();
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  String path() {
    return database.path();
  }

  /**
   * Tells whether there is anything that RocksDB did not make, and might write through. It makes no
   * hard links: a file with a second name is, by that name, somebody else's.
   */
  boolean hasStrangers() throws IOException {
    for (String name : database.list()) {
      Path path = Path.of(path(), name);
      if (Files.isSymbolicLink(path)
          || (Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path))
          || (Files.isRegularFile(path) && isLinked(path))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isLinked(Path path) throws IOException {
    try {
      return (Integer) Files.getAttribute(path, "unix:nlink", LinkOption.NOFOLLOW_LINKS) > 1;
    } catch (NoSuchFileException _) {
      return false;
    }
  }

  /** Deletes the database, which nobody has open for writing. Directories in it are left alone. */
  void discard() throws IOException {
    for (String name : database.list()) {
      if (!Files.isDirectory(Path.of(path(), name), LinkOption.NOFOLLOW_LINKS)) {
        database.delete(name);
      }
    }
  }

  /**
   * Takes the database's files away from other users. RocksDB makes them as the umask has it, and
   * nothing in its Java interface changes that; until then their directory, 0700, protects them.
   * The one place where the store is touched beside {@link StoreDirectory}, which makes its files
   * 0600 from the start.
   */
  void restrict() throws IOException {
    for (String name : database.list()) {
      Path path = Path.of(path(), name);
      if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        try {
          Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
              .setPermissions(PosixFilePermissions.fromString("rw-------"));
        } catch (NoSuchFileException _) {
          // RocksDB's background thread deletes what it no longer needs
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    try (lock) {
      database.close();
    }
  }
}

package dev.cairn.store.io;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * One directory of a store: the only way by which Cairn touches the file system. Safe for use by
 * several threads.
 *
 * <p>The contract:
 *
 * <ul>
 *   <li>A file is created new under a name that does not exist, written, synced, and from then on
 *       only read, renamed, linked or deleted. No published file is ever opened for writing again;
 *       what a process that died has left unfinished may be, by {@link #reopen}.
 *   <li>Bytes are durable after {@link StoreOutput#sync}; creations, renames, links and deletions
 *       after {@link #sync}. Nothing else is durable. A failed sync is never retried.
 *   <li>Names are plain file names without a separator; files are created 0600, directories 0700;
 *       symbolic links are never followed.
 * </ul>
 */
public interface StoreDirectory extends Closeable {
  /** Returns where this directory is, for people. */
  String path();

  /** Returns the names of all entries, sorted. */
  List<String> list() throws IOException;

  /** Tells whether an entry of that name exists. */
  boolean exists(String name) throws IOException;

  /**
   * Opens a file for reading.
   *
   * @throws java.nio.file.NoSuchFileException if there is none
   */
  StoreInput open(String name) throws IOException;

  /**
   * Creates a file that must not exist, and holds its flock until the output is closed, so that
   * {@link #ownerIsAlive} tells a file being written from one that a dead process left.
   *
   * @throws java.nio.file.FileAlreadyExistsException if the name exists
   */
  StoreOutput create(String name) throws IOException;

  /**
   * Opens a file that was begun and not finished, to write on, and holds its flock as {@link
   * #create} does. What is in it may be torn.
   *
   * @throws java.nio.file.NoSuchFileException if there is none
   * @throws dev.cairn.store.BusyException if its writer lives
   */
  StoreOutput reopen(String name) throws IOException;

  /** Gives an existing file another name, atomically; a file of that name is replaced. */
  void rename(String from, String to) throws IOException;

  /**
   * Makes a second name for a file of this directory in another one of the same store.
   *
   * @throws java.nio.file.FileAlreadyExistsException if the name exists there
   */
  void link(String name, StoreDirectory target, String targetName) throws IOException;

  /**
   * Gives a directory in this one another name, atomically.
   *
   * @throws java.nio.file.FileAlreadyExistsException if something has that name
   */
  void renameDirectory(String from, String to) throws IOException;

  /** Deletes an empty directory in this one. */
  void deleteDirectory(String name) throws IOException;

  /** Deletes a file. */
  void delete(String name) throws IOException;

  /** Makes creations, renames, links and deletions in this directory durable. */
  void sync() throws IOException;

  /** Tells whether some living process holds the flock of that file, as its writer does. */
  boolean ownerIsAlive(String name) throws IOException;

  /**
   * Takes the lock that the file of that name stands for, creating the file if need be. Exclusive
   * among threads and processes; not reentrant.
   *
   * @throws dev.cairn.store.BusyException if it is not free within {@code patience}
   */
  StoreLock lock(String name, Duration patience) throws IOException;

  /** Returns the directory of that name, creating it durably if it does not exist. */
  StoreDirectory makeDirectory(String name) throws IOException;

  /**
   * Returns the existing directory of that name.
   *
   * @throws java.nio.file.NoSuchFileException if there is none
   */
  StoreDirectory openDirectory(String name) throws IOException;

  /** Returns how many bytes the file system can still take. */
  long usableBytes() throws IOException;

  @Override
  void close() throws IOException;
}

package dev.cairn.store.io;

import dev.cairn.store.BusyException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Owns one simulated process's way to one directory of an in-memory file system. Safe for use by
 * several threads.
 *
 * <p>{@link #asProcess} gives the same directory as another process sees it, and {@link
 * #killProcess} is {@code kill -9}. There is no crash model here: what was written is there. A
 * directory that loses what was not synced is to be a delegate in front of this one.
 */
public final class MemoryDirectory implements StoreDirectory {
  private final String path;
  private final MemoryFileSystem.Folder folder;
  private final MemoryFileSystem system;
  private final MemoryProcess process;
  private boolean syncFailed; // guarded by system
  private boolean closed; // guarded by system

  private MemoryDirectory(String path, MemoryFileSystem.Folder folder, MemoryProcess process) {
    this.path = path;
    this.folder = folder;
    this.system = process.system;
    this.process = process;
  }

  /** Returns the empty root directory of a new file system. */
  public static MemoryDirectory create() {
    MemoryFileSystem system = new MemoryFileSystem();
    return new MemoryDirectory("memory:", system.root, new MemoryProcess(system, "first"));
  }

  /** Returns this directory as a new process sees it. */
  public MemoryDirectory asProcess(String name) {
    return new MemoryDirectory(path, folder, new MemoryProcess(system, name));
  }

  /** Kills the process: its locks are free, its files closed, its every further call fails. */
  public void killProcess() {
    process.kill();
  }

  /**
   * Lets the n-th mutating call from now on fail, of whatever process, before it does anything; 0
   * lets none fail. Mutating are create, write, both syncs, rename, link, delete and a
   * makeDirectory that creates.
   */
  public void failAt(long callsFromNow) {
    system.failAt(callsFromNow);
  }

  /** Returns how many mutating calls there were, of all processes. */
  public long mutationCount() {
    return system.mutationCount();
  }

  /** Sets how many bytes, in blocks of 4 KiB, all files together may have. */
  public void setCapacityBytes(long bytes) {
    system.setCapacityBytes(bytes);
  }

  @Override
  public String path() {
    return path;
  }

  @Override
  public List<String> list() throws IOException {
    synchronized (system) {
      check();
      return List.copyOf(folder.entries().keySet());
    }
  }

  @Override
  public boolean exists(String name) throws IOException {
    synchronized (system) {
      return node(name) != null;
    }
  }

  @Override
  public StoreInput open(String name) throws IOException {
    synchronized (system) {
      return new MemoryFileInput(at(name), file(name), process);
    }
  }

  @Override
  public StoreOutput create(String name) throws IOException {
    synchronized (system) {
      checkAbsent(name);
      system.mutate(at(name) + ": create");
      return new MemoryFileOutput(at(name), newFile(name), process);
    }
  }

  @Override
  public StoreOutput reopen(String name) throws IOException {
    synchronized (system) {
      MemoryFileSystem.File file = file(name);
      if (file.flock != null) {
        throw new BusyException(at(name) + " is held by another process or thread");
      }
      return new MemoryFileOutput(at(name), file, process);
    }
  }

  @Override
  public void rename(String from, String to) throws IOException {
    synchronized (system) {
      MemoryFileSystem.File file = file(from);
      if (node(to) instanceof MemoryFileSystem.Folder) {
        throw new FileSystemException(at(to), null, "rename: is a directory");
      }
      system.mutate(at(from) + ": rename to " + to);
      if (!from.equals(to)) {
        folder.entries().remove(from);
        dropReplaced(folder.entries().put(to, file));
      }
    }
  }

  @Override
  public void link(String name, StoreDirectory target, String targetName) throws IOException {
    if (!(target instanceof MemoryDirectory other) || other.system != system) {
      throw new IllegalArgumentException(target.path() + " is no directory of this file system");
    }
    synchronized (system) {
      MemoryFileSystem.File file = file(name);
      other.checkAbsent(targetName);
      system.mutate(at(name) + ": link to " + other.at(targetName));
      other.folder.entries().put(targetName, file);
      system.acquire(file);
    }
  }

  @Override
  public void renameDirectory(String from, String to) throws IOException {
    synchronized (system) {
      MemoryFileSystem.Folder child = folder(from);
      checkAbsent(to);
      system.mutate(at(from) + ": rename to " + to);
      folder.entries().remove(from);
      folder.entries().put(to, child);
    }
  }

  @Override
  public void deleteDirectory(String name) throws IOException {
    synchronized (system) {
      if (!folder(name).entries().isEmpty()) {
        throw new DirectoryNotEmptyException(at(name));
      }
      system.mutate(at(name) + ": delete");
      folder.entries().remove(name);
    }
  }

  private MemoryFileSystem.Folder folder(String name) throws IOException {
    MemoryFileSystem.Node node = node(name);
    if (node == null) {
      throw new NoSuchFileException(at(name));
    }
    if (!(node instanceof MemoryFileSystem.Folder child)) {
      throw new NotDirectoryException(at(name));
    }
    return child;
  }

  @Override
  public void delete(String name) throws IOException {
    synchronized (system) {
      file(name);
      system.mutate(at(name) + ": delete");
      dropReplaced(folder.entries().remove(name));
    }
  }

  @Override
  public void sync() throws IOException {
    synchronized (system) {
      check();
      if (syncFailed) {
        throw new IOException(path + ": an earlier sync failed: what was written is lost");
      }
      try {
        system.mutate(path + ": sync");
      } catch (IOException e) {
        syncFailed = true;
        throw e;
      }
    }
  }

  @Override
  public boolean ownerIsAlive(String name) throws IOException {
    synchronized (system) {
      return file(name).flock != null;
    }
  }

  @Override
  public StoreLock lock(String name, Duration patience) throws IOException {
    synchronized (system) {
      long startNanos = System.nanoTime();
      while (true) {
        MemoryFileSystem.File file = node(name) == null ? newFile(name) : file(name);
        if (file.flock == null) {
          return hold(file);
        }
        long leftNanos = patience.toNanos() - (System.nanoTime() - startNanos);
        if (leftNanos <= 0) {
          throw new BusyException(
              at(name) + " is held by another process or thread (waited " + patience + ")");
        }
        try {
          TimeUnit.NANOSECONDS.timedWait(system, Math.max(leftNanos, 1_000_000));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException(at(name) + ": interrupted while waiting for the lock");
        }
      }
    }
  }

  @Override
  public MemoryDirectory makeDirectory(String name) throws IOException {
    synchronized (system) {
      MemoryFileSystem.Node node = node(name);
      if (node == null) {
        system.mutate(at(name) + ": make directory");
        folder.entries().put(name, new MemoryFileSystem.Folder());
      } else if (!(node instanceof MemoryFileSystem.Folder)) {
        throw new FileAlreadyExistsException(at(name));
      }
      return openDirectory(name);
    }
  }

  @Override
  public MemoryDirectory openDirectory(String name) throws IOException {
    synchronized (system) {
      return new MemoryDirectory(at(name), folder(name), process);
    }
  }

  @Override
  public long usableBytes() throws IOException {
    synchronized (system) {
      check();
      return system.usableBytes();
    }
  }

  @Override
  public void close() {
    synchronized (system) {
      closed = true;
    }
  }

  private StoreLock hold(MemoryFileSystem.File file) {
    MemoryFileSystem.Holder holder = new MemoryFileSystem.Holder();
    file.flock = holder;
    MemoryProcess.Handle handle = () -> system.unlock(file, holder);
    process.add(handle);
    return () -> process.release(handle);
  }

  private MemoryFileSystem.File newFile(String name) {
    MemoryFileSystem.File file = new MemoryFileSystem.File();
    folder.entries().put(name, file);
    system.acquire(file);
    return file;
  }

  private void dropReplaced(MemoryFileSystem.@Nullable Node node) {
    if (node instanceof MemoryFileSystem.File replaced) {
      system.release(replaced);
    }
  }

  private MemoryFileSystem.@Nullable Node node(String name) throws IOException {
    check();
    return folder.entries().get(FileNames.check(name));
  }

  private MemoryFileSystem.File file(String name) throws IOException {
    MemoryFileSystem.Node node = node(name);
    if (node == null) {
      throw new NoSuchFileException(at(name));
    }
    if (!(node instanceof MemoryFileSystem.File file)) {
      throw new FileSystemException(at(name), null, "is not a regular file");
    }
    return file;
  }

  private void checkAbsent(String name) throws IOException {
    if (node(name) != null) {
      throw new FileAlreadyExistsException(at(name));
    }
  }

  private void check() throws IOException {
    process.check();
    if (closed) {
      throw new IOException(path + ": is closed");
    }
  }

  private String at(String name) {
    return path + "/" + name;
  }
}

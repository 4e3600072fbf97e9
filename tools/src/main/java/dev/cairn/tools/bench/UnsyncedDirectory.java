package dev.cairn.tools.bench;

import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreLock;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;

/**
 * Another directory without its syncs, so that making a thousand points to measure on does not take
 * minutes. Safe for use by several threads.
 */
final class UnsyncedDirectory implements StoreDirectory {
  private final StoreDirectory directory;

  UnsyncedDirectory(StoreDirectory directory) {
    this.directory = directory;
  }

  /** A file without its sync. */
  private record Output(StoreOutput out) implements StoreOutput {
    @Override
    public void write(long offset, MemorySegment data) throws IOException {
      out.write(offset, data);
    }

    @Override
    public void sync() {}

    @Override
    public void close() throws IOException {
      out.close();
    }
  }

  @Override
  public String path() {
    return directory.path();
  }

  @Override
  public List<String> list() throws IOException {
    return directory.list();
  }

  @Override
  public boolean exists(String name) throws IOException {
    return directory.exists(name);
  }

  @Override
  public StoreInput open(String name) throws IOException {
    return directory.open(name);
  }

  @Override
  public StoreOutput create(String name) throws IOException {
    return new Output(directory.create(name));
  }

  @Override
  public void rename(String from, String to) throws IOException {
    directory.rename(from, to);
  }

  @Override
  public void link(String name, StoreDirectory target, String targetName) throws IOException {
    StoreDirectory real = target instanceof UnsyncedDirectory other ? other.directory : target;
    directory.link(name, real, targetName);
  }

  @Override
  public void delete(String name) throws IOException {
    directory.delete(name);
  }

  @Override
  public void renameDirectory(String from, String to) throws IOException {
    directory.renameDirectory(from, to);
  }

  @Override
  public void deleteDirectory(String name) throws IOException {
    directory.deleteDirectory(name);
  }

  @Override
  public void sync() {}

  @Override
  public boolean ownerIsAlive(String name) throws IOException {
    return directory.ownerIsAlive(name);
  }

  @Override
  public StoreLock lock(String name, Duration patience) throws IOException {
    return directory.lock(name, patience);
  }

  @Override
  public StoreDirectory makeDirectory(String name) throws IOException {
    return new UnsyncedDirectory(directory.makeDirectory(name));
  }

  @Override
  public StoreDirectory openDirectory(String name) throws IOException {
    return new UnsyncedDirectory(directory.openDirectory(name));
  }

  @Override
  public long usableBytes() throws IOException {
    return directory.usableBytes();
  }

  @Override
  public void close() throws IOException {
    directory.close();
  }
}

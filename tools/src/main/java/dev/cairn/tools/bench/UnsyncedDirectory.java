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
  private final StoreDirectory target;

  /** Owns the other directory from then on. */
  UnsyncedDirectory(StoreDirectory target) {
    this.target = target;
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
  public StoreOutput create(String name) throws IOException {
    return new Output(target.create(name));
  }

  @Override
  public void sync() {}

  @Override
  public StoreDirectory makeDirectory(String name) throws IOException {
    return new UnsyncedDirectory(target.makeDirectory(name));
  }

  @Override
  public StoreDirectory openDirectory(String name) throws IOException {
    return new UnsyncedDirectory(target.openDirectory(name));
  }

  @Override
  public String path() {
    return target.path();
  }

  @Override
  public List<String> list() throws IOException {
    return target.list();
  }

  @Override
  public boolean exists(String name) throws IOException {
    return target.exists(name);
  }

  @Override
  public StoreInput open(String name) throws IOException {
    return target.open(name);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    target.rename(from, to);
  }

  @Override
  public void link(String name, StoreDirectory into, String targetName) throws IOException {
    StoreDirectory real = into instanceof UnsyncedDirectory other ? other.target : into;
    target.link(name, real, targetName);
  }

  @Override
  public void renameDirectory(String from, String to) throws IOException {
    target.renameDirectory(from, to);
  }

  @Override
  public void deleteDirectory(String name) throws IOException {
    target.deleteDirectory(name);
  }

  @Override
  public void delete(String name) throws IOException {
    target.delete(name);
  }

  @Override
  public boolean ownerIsAlive(String name) throws IOException {
    return target.ownerIsAlive(name);
  }

  @Override
  public StoreLock lock(String name, Duration patience) throws IOException {
    return target.lock(name, patience);
  }

  @Override
  public long usableBytes() throws IOException {
    return target.usableBytes();
  }

  @Override
  public void close() throws IOException {
    target.close();
  }
}

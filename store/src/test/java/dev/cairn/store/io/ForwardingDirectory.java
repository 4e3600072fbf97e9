package dev.cairn.store.io;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * A directory that hands every call on to another one: for doubles that change what a few calls do.
 * As safe for use by several threads as that one.
 */
public abstract class ForwardingDirectory implements StoreDirectory {
  private final StoreDirectory target;

  /** Owns the other directory from then on. */
  protected ForwardingDirectory(StoreDirectory target) {
    this.target = target;
  }

  /** Returns a directory in this one, once it is open. */
  protected abstract StoreDirectory inside(StoreDirectory opened, String name) throws IOException;

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
  public StoreOutput create(String name) throws IOException {
    return target.create(name);
  }

  @Override
  public StoreOutput reopen(String name) throws IOException {
    return target.reopen(name);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    target.rename(from, to);
  }

  @Override
  public void link(String name, StoreDirectory into, String targetName) throws IOException {
    StoreDirectory real = into instanceof ForwardingDirectory other ? other.target : into;
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
  public void sync() throws IOException {
    target.sync();
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
  public StoreDirectory makeDirectory(String name) throws IOException {
    return inside(target.makeDirectory(name), name);
  }

  @Override
  public StoreDirectory openDirectory(String name) throws IOException {
    return inside(target.openDirectory(name), name);
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

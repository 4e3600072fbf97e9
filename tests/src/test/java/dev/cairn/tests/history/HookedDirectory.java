package dev.cairn.tests.history;

import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreLock;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;

/**
 * A directory that tells a hook of each call before it makes it. Safe for use by several threads if
 * the hook is.
 */
final class HookedDirectory implements StoreDirectory {
  /** The calls of a directory and its files. */
  enum Call {
    LIST(false),
    OPEN(false),
    CREATE(true),
    WRITE(true),
    SYNC_FILE(true),
    RENAME(true),
    LINK(true),
    DELETE(true),
    SYNC(true),
    LOCK(false),
    MAKE_DIRECTORY(true),
    RENAME_DIRECTORY(true),
    DELETE_DIRECTORY(true);

    private final boolean changes;

    Call(boolean changes) {
      this.changes = changes;
    }

    boolean changes() {
      return changes;
    }
  }

  /** Is told of calls; what it throws is thrown in place of the call. */
  @FunctionalInterface
  interface Hook {
    void before(Call call, String name) throws IOException;
  }

  private final StoreDirectory delegate;
  private final Hook hook;

  HookedDirectory(StoreDirectory delegate, Hook hook) {
    this.delegate = delegate;
    this.hook = hook;
  }

  @Override
  public String path() {
    return delegate.path();
  }

  @Override
  public List<String> list() throws IOException {
    hook.before(Call.LIST, "");
    return delegate.list();
  }

  @Override
  public boolean exists(String name) throws IOException {
    return delegate.exists(name);
  }

  @Override
  public StoreInput open(String name) throws IOException {
    hook.before(Call.OPEN, name);
    return delegate.open(name);
  }

  @Override
  public StoreOutput create(String name) throws IOException {
    hook.before(Call.CREATE, name);
    StoreOutput out = delegate.create(name);
    return new StoreOutput() {
      @Override
      public void write(long offset, MemorySegment data) throws IOException {
        hook.before(Call.WRITE, name);
        out.write(offset, data);
      }

      @Override
      public void sync() throws IOException {
        hook.before(Call.SYNC_FILE, name);
        out.sync();
      }

      @Override
      public void close() throws IOException {
        out.close();
      }
    };
  }

  @Override
  public void rename(String from, String to) throws IOException {
    hook.before(Call.RENAME, from);
    delegate.rename(from, to);
  }

  @Override
  public void link(String name, StoreDirectory target, String targetName) throws IOException {
    hook.before(Call.LINK, name);
    delegate.link(
        name, target instanceof HookedDirectory hooked ? hooked.delegate : target, targetName);
  }

  @Override
  public void delete(String name) throws IOException {
    hook.before(Call.DELETE, name);
    delegate.delete(name);
  }

  @Override
  public void renameDirectory(String from, String to) throws IOException {
    hook.before(Call.RENAME_DIRECTORY, from);
    delegate.renameDirectory(from, to);
  }

  @Override
  public void deleteDirectory(String name) throws IOException {
    hook.before(Call.DELETE_DIRECTORY, name);
    delegate.deleteDirectory(name);
  }

  @Override
  public void sync() throws IOException {
    hook.before(Call.SYNC, "");
    delegate.sync();
  }

  @Override
  public boolean ownerIsAlive(String name) throws IOException {
    return delegate.ownerIsAlive(name);
  }

  @Override
  public StoreLock lock(String name, Duration patience) throws IOException {
    hook.before(Call.LOCK, name);
    return delegate.lock(name, patience);
  }

  @Override
  public StoreDirectory makeDirectory(String name) throws IOException {
    hook.before(Call.MAKE_DIRECTORY, name);
    return new HookedDirectory(delegate.makeDirectory(name), hook);
  }

  @Override
  public StoreDirectory openDirectory(String name) throws IOException {
    return new HookedDirectory(delegate.openDirectory(name), hook);
  }

  @Override
  public long usableBytes() throws IOException {
    return delegate.usableBytes();
  }

  @Override
  public void close() throws IOException {
    delegate.close();
  }
}

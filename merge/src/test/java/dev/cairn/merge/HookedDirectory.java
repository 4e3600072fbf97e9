package dev.cairn.merge;

import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreLock;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;

/**
 * Hands every call on to another directory, after asking a hook that may do something meanwhile or
 * let the call fail. Directories and outputs that come from it ask the same hook.
 */
final class HookedDirectory implements StoreDirectory {
  /** What is about to be done. */
  enum Call {
    LIST,
    OPEN,
    /** A directory was just opened. */
    OPEN_DIRECTORY_DONE,
    CREATE,
    WRITE,
    SYNC_FILE,
    SYNC_DIRECTORY,
    RENAME,
    LINK,
    DELETE,
    MAKE_DIRECTORY,
    RENAME_DIRECTORY,
    DELETE_DIRECTORY;

    boolean isMutating() {
      return this != LIST && this != OPEN && this != OPEN_DIRECTORY_DONE;
    }
  }

  /** Is asked before each call. */
  @FunctionalInterface
  interface Hook {
    void before(Call call, String path) throws IOException;
  }

  private final StoreDirectory target;
  private final Hook hook;

  HookedDirectory(StoreDirectory target, Hook hook) {
    this.target = target;
    this.hook = hook;
  }

  private void ask(Call call, String name) throws IOException {
    hook.before(call, target.path() + "/" + name);
  }

  @Override
  public String path() {
    return target.path();
  }

  @Override
  public List<String> list() throws IOException {
    List<String> names = target.list();
    ask(Call.LIST, "");
    return names;
  }

  @Override
  public boolean exists(String name) throws IOException {
    return target.exists(name);
  }

  @Override
  public StoreInput open(String name) throws IOException {
    ask(Call.OPEN, name);
    return target.open(name);
  }

  @Override
  public StoreOutput create(String name) throws IOException {
    ask(Call.CREATE, name);
    StoreOutput out = target.create(name);
    return new StoreOutput() {
      @Override
      public void write(long offset, MemorySegment data) throws IOException {
        ask(Call.WRITE, name);
        out.write(offset, data);
      }

      @Override
      public void sync() throws IOException {
        ask(Call.SYNC_FILE, name);
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
    ask(Call.RENAME, to);
    target.rename(from, to);
  }

  @Override
  public void link(String name, StoreDirectory into, String targetName) throws IOException {
    ask(Call.LINK, name);
    target.link(name, into instanceof HookedDirectory hooked ? hooked.target : into, targetName);
  }

  @Override
  public void renameDirectory(String from, String to) throws IOException {
    ask(Call.RENAME_DIRECTORY, to);
    target.renameDirectory(from, to);
  }

  @Override
  public void deleteDirectory(String name) throws IOException {
    ask(Call.DELETE_DIRECTORY, name);
    target.deleteDirectory(name);
  }

  @Override
  public void delete(String name) throws IOException {
    ask(Call.DELETE, name);
    target.delete(name);
  }

  @Override
  public void sync() throws IOException {
    ask(Call.SYNC_DIRECTORY, "");
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
    ask(Call.MAKE_DIRECTORY, name);
    return new HookedDirectory(target.makeDirectory(name), hook);
  }

  @Override
  public StoreDirectory openDirectory(String name) throws IOException {
    HookedDirectory opened = new HookedDirectory(target.openDirectory(name), hook);
    ask(Call.OPEN_DIRECTORY_DONE, name);
    return opened;
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

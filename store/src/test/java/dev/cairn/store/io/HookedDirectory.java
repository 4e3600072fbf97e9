package dev.cairn.store.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Hands every call on to another directory, after asking a hook that may do something meanwhile or
 * let the call fail. Directories and outputs that come from it ask the same hook.
 */
public final class HookedDirectory extends ForwardingDirectory {
  /** What is about to be done. */
  public enum Call {
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

    public boolean isMutating() {
      return this != LIST && this != OPEN && this != OPEN_DIRECTORY_DONE;
    }
  }

  /** Is asked before each call; what it throws is thrown in place of the call. */
  @FunctionalInterface
  public interface Hook {
    void before(Call call, String path) throws IOException;
  }

  private final Hook hook;

  public HookedDirectory(StoreDirectory target, Hook hook) {
    super(target);
    this.hook = hook;
  }

  private void ask(Call call, String name) throws IOException {
    hook.before(call, path() + "/" + name);
  }

  @Override
  protected StoreDirectory inside(StoreDirectory opened, String name) {
    return new HookedDirectory(opened, hook);
  }

  @Override
  public List<String> list() throws IOException {
    List<String> names = super.list();
    ask(Call.LIST, "");
    return names;
  }

  @Override
  public StoreInput open(String name) throws IOException {
    ask(Call.OPEN, name);
    return super.open(name);
  }

  @Override
  public StoreOutput create(String name) throws IOException {
    ask(Call.CREATE, name);
    return hooked(name, super.create(name));
  }

  @Override
  public StoreOutput reopen(String name) throws IOException {
    return hooked(name, super.reopen(name));
  }

  private StoreOutput hooked(String name, StoreOutput out) {
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
    super.rename(from, to);
  }

  @Override
  public void link(String name, StoreDirectory into, String targetName) throws IOException {
    ask(Call.LINK, name);
    super.link(name, into, targetName);
  }

  @Override
  public void renameDirectory(String from, String to) throws IOException {
    ask(Call.RENAME_DIRECTORY, to);
    super.renameDirectory(from, to);
  }

  @Override
  public void deleteDirectory(String name) throws IOException {
    ask(Call.DELETE_DIRECTORY, name);
    super.deleteDirectory(name);
  }

  @Override
  public void delete(String name) throws IOException {
    ask(Call.DELETE, name);
    super.delete(name);
  }

  @Override
  public void sync() throws IOException {
    ask(Call.SYNC_DIRECTORY, "");
    super.sync();
  }

  @Override
  public StoreDirectory makeDirectory(String name) throws IOException {
    ask(Call.MAKE_DIRECTORY, name);
    return super.makeDirectory(name);
  }

  @Override
  public StoreDirectory openDirectory(String name) throws IOException {
    StoreDirectory opened = super.openDirectory(name);
    ask(Call.OPEN_DIRECTORY_DONE, name);
    return opened;
  }
}

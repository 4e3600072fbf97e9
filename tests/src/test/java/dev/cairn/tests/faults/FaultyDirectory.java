package dev.cairn.tests.faults;

import dev.cairn.store.CorruptFileException;
import dev.cairn.store.io.ForwardingDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreLock;
import dev.cairn.store.io.StoreOutput;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A directory in which one call fails, as a real one would. */
final class FaultyDirectory extends ForwardingDirectory {
  private final Faults faults;

  FaultyDirectory(StoreDirectory target, Faults faults) {
    super(target);
    this.faults = faults;
  }

  private String at(String name) {
    return path() + "/" + name;
  }

  @Override
  protected StoreDirectory inside(StoreDirectory opened, String name) {
    return new FaultyDirectory(opened, faults);
  }

  @Override
  public StoreInput open(String name) throws IOException {
    faults.before(Faults.Call.OPEN, at(name));
    return new Input(super.open(name), name);
  }

  private final class Input implements StoreInput {
    private final StoreInput target;
    private final String name;

    Input(StoreInput target, String name) {
      this.target = target;
      this.name = name;
    }

    @Override
    public long length() throws IOException {
      return target.length();
    }

    @Override
    public int names() throws IOException {
      return target.names();
    }

    @Override
    public void read(long offset, MemorySegment into) throws IOException {
      if (faults.strikes(Faults.Call.READ, at(name))) {
        if (faults.kind() == Kind.SHORT_READ) {
          target.read(offset, into.asSlice(0, into.byteSize() / 2));
          throw new EOFException(name + ": ends before " + (offset + into.byteSize()));
        }
        throw new CorruptFileException(
            name, "bytes", offset, "bytes that can be read", Kind.READ_FAILS.says);
      }
      target.read(offset, into);
    }

    @Override
    public void close() throws IOException {
      target.close();
    }
  }

  @Override
  public StoreOutput create(String name) throws IOException {
    faults.before(Faults.Call.CREATE, at(name));
    return new Output(super.create(name), name);
  }

  @Override
  public StoreOutput reopen(String name) throws IOException {
    faults.before(Faults.Call.CREATE, at(name));
    return new Output(super.reopen(name), name);
  }

  /** A file whose unsynced bytes are zeros after a sync that fails. */
  private final class Output implements StoreOutput {
    /** Bytes of the file. */
    private record Range(long offset, long length) {}

    private final StoreOutput target;
    private final String name;
    private final List<Range> unsynced = new ArrayList<>();
    private boolean lost;

    Output(StoreOutput target, String name) {
      this.target = target;
      this.name = name;
    }

    @Override
    public synchronized void write(long offset, MemorySegment data) throws IOException {
      if (faults.strikes(Faults.Call.WRITE, at(name))) {
        if (faults.kind() == Kind.SHORT_WRITE) {
          target.write(offset, data.asSlice(0, data.byteSize() / 2));
        }
        throw faults.failure(at(name));
      }
      target.write(offset, data);
      unsynced.add(new Range(offset, data.byteSize()));
    }

    @Override
    public synchronized void sync() throws IOException {
      if (lost) {
        throw new AssertionError(at(name) + ": synced again after a sync that failed");
      }
      if (faults.strikes(Faults.Call.SYNC_FILE, at(name))) {
        lost = true;
        for (Range range : unsynced) {
          target.write(range.offset, MemorySegment.ofArray(new byte[(int) range.length]));
        }
        throw faults.failure(at(name));
      }
      target.sync();
      unsynced.clear();
    }

    @Override
    public void close() throws IOException {
      target.close();
    }
  }

  @Override
  public void rename(String from, String to) throws IOException {
    faults.before(Faults.Call.RENAME, at(to));
    super.rename(from, to);
  }

  @Override
  public void link(String name, StoreDirectory into, String targetName) throws IOException {
    faults.before(Faults.Call.LINK, at(name));
    super.link(name, into, targetName);
  }

  @Override
  public void renameDirectory(String from, String to) throws IOException {
    faults.before(Faults.Call.RENAME, at(to));
    super.renameDirectory(from, to);
  }

  @Override
  public void deleteDirectory(String name) throws IOException {
    faults.before(Faults.Call.DELETE, at(name));
    super.deleteDirectory(name);
    faults.freed();
  }

  @Override
  public void delete(String name) throws IOException {
    faults.before(Faults.Call.DELETE, at(name));
    super.delete(name);
    faults.freed();
  }

  @Override
  public void sync() throws IOException {
    faults.requireSyncable(path());
    if (faults.strikes(Faults.Call.SYNC_DIRECTORY, path())) {
      faults.loseSync(path());
      throw faults.failure(path());
    }
    super.sync();
  }

  @Override
  public StoreLock lock(String name, Duration patience) throws IOException {
    faults.before(Faults.Call.LOCK, at(name));
    return super.lock(name, patience);
  }

  @Override
  public StoreDirectory makeDirectory(String name) throws IOException {
    faults.before(Faults.Call.MAKE_DIRECTORY, at(name));
    return super.makeDirectory(name);
  }

  @Override
  public StoreDirectory openDirectory(String name) throws IOException {
    faults.before(Faults.Call.OPEN_DIRECTORY, at(name));
    return super.openDirectory(name);
  }
}

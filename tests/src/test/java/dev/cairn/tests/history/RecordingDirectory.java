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
 * A directory whose every change goes into a journal, once made. Safe for use by several threads.
 */
final class RecordingDirectory implements StoreDirectory {
  private final StoreDirectory delegate;
  private final int place;
  private final Journal journal;

  RecordingDirectory(StoreDirectory delegate, Journal journal) {
    this(delegate, Journal.ROOT, journal);
  }

  private RecordingDirectory(StoreDirectory delegate, int place, Journal journal) {
    this.delegate = delegate;
    this.place = place;
    this.journal = journal;
  }

  @Override
  public String path() {
    return delegate.path();
  }

  @Override
  public List<String> list() throws IOException {
    return delegate.list();
  }

  @Override
  public boolean exists(String name) throws IOException {
    return delegate.exists(name);
  }

  @Override
  public StoreInput open(String name) throws IOException {
    return delegate.open(name);
  }

  @Override
  public StoreOutput create(String name) throws IOException {
    StoreOutput out = delegate.create(name);
    int file = journal.created(place, name);
    return new StoreOutput() {
      @Override
      public void write(long offset, MemorySegment data) throws IOException {
        out.write(offset, data);
        journal.wrote(file, offset, data);
      }

      @Override
      public void sync() throws IOException {
        out.sync();
        journal.synced(file);
      }

      @Override
      public void close() throws IOException {
        out.close();
      }
    };
  }

  @Override
  public void rename(String from, String to) throws IOException {
    delegate.rename(from, to);
    journal.renamed(place, from, to);
  }

  @Override
  public void link(String name, StoreDirectory target, String targetName) throws IOException {
    if (!(target instanceof RecordingDirectory other)) {
      throw new IllegalArgumentException(target.path() + " is not recorded");
    }
    delegate.link(name, other.delegate, targetName);
    journal.linked(place, name, other.place, targetName);
  }

  @Override
  public void delete(String name) throws IOException {
    delegate.delete(name);
    journal.deleted(place, name);
  }

  @Override
  public void renameDirectory(String from, String to) throws IOException {
    delegate.renameDirectory(from, to);
    journal.renamedDirectory(place, from, to);
  }

  @Override
  public void deleteDirectory(String name) throws IOException {
    delegate.deleteDirectory(name);
    journal.deletedDirectory(place, name);
  }

  @Override
  public void sync() throws IOException {
    delegate.sync();
    journal.syncedDirectory(place);
  }

  @Override
  public boolean ownerIsAlive(String name) throws IOException {
    return delegate.ownerIsAlive(name);
  }

  @Override
  public StoreLock lock(String name, Duration patience) throws IOException {
    return delegate.lock(name, patience);
  }

  @Override
  public StoreDirectory makeDirectory(String name) throws IOException {
    return inside(delegate.makeDirectory(name), name);
  }

  @Override
  public StoreDirectory openDirectory(String name) throws IOException {
    return inside(delegate.openDirectory(name), name);
  }

  private StoreDirectory inside(StoreDirectory directory, String name) {
    return new RecordingDirectory(directory, journal.madeDirectory(place, name), journal);
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

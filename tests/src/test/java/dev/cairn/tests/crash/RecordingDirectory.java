package dev.cairn.tests.crash;

import dev.cairn.store.io.ForwardingDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A directory whose every change goes into a log, once made. Safe for use by several threads. */
final class RecordingDirectory extends ForwardingDirectory {
  private final int place;
  private final DiskLog log;

  RecordingDirectory(StoreDirectory delegate, DiskLog log) {
    this(delegate, DiskLog.ROOT, log);
  }

  private RecordingDirectory(StoreDirectory delegate, int place, DiskLog log) {
    super(delegate);
    this.place = place;
    this.log = log;
  }

  @Override
  protected StoreDirectory inside(StoreDirectory opened, String name) {
    return new RecordingDirectory(opened, log.madeDirectory(place, name), log);
  }

  @Override
  public StoreOutput create(String name) throws IOException {
    StoreOutput out = super.create(name);
    return recorded(log.created(place, name), out);
  }

  @Override
  public StoreOutput reopen(String name) throws IOException {
    StoreOutput out = super.reopen(name);
    return recorded(log.reopened(place, name), out);
  }

  private StoreOutput recorded(int file, StoreOutput out) {
    return new StoreOutput() {
      @Override
      public void write(long offset, MemorySegment data) throws IOException {
        out.write(offset, data);
        log.wrote(file, offset, data);
      }

      @Override
      public void sync() throws IOException {
        out.sync();
        log.synced(file);
      }

      @Override
      public void close() throws IOException {
        out.close();
      }
    };
  }

  @Override
  public void rename(String from, String to) throws IOException {
    super.rename(from, to);
    log.renamed(place, from, to);
  }

  @Override
  public void link(String name, StoreDirectory target, String targetName) throws IOException {
    if (!(target instanceof RecordingDirectory other)) {
      throw new IllegalArgumentException(target.path() + " is not recorded");
    }
    super.link(name, other, targetName);
    log.linked(place, name, other.place, targetName);
  }

  @Override
  public void delete(String name) throws IOException {
    super.delete(name);
    log.deleted(place, name);
  }

  @Override
  public void renameDirectory(String from, String to) throws IOException {
    super.renameDirectory(from, to);
    log.renamedDirectory(place, from, to);
  }

  @Override
  public void deleteDirectory(String name) throws IOException {
    super.deleteDirectory(name);
    log.deletedDirectory(place, name);
  }

  @Override
  public void sync() throws IOException {
    super.sync();
    log.syncedDirectory(place);
  }
}

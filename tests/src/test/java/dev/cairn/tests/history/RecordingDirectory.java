package dev.cairn.tests.history;

import dev.cairn.store.io.ForwardingDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A directory whose every change goes into a journal, once made. Safe for use by several threads.
 */
final class RecordingDirectory extends ForwardingDirectory {
  private final int place;
  private final Journal journal;

  RecordingDirectory(StoreDirectory delegate, Journal journal) {
    this(delegate, Journal.ROOT, journal);
  }

  private RecordingDirectory(StoreDirectory delegate, int place, Journal journal) {
    super(delegate);
    this.place = place;
    this.journal = journal;
  }

  @Override
  protected StoreDirectory inside(StoreDirectory opened, String name) {
    return new RecordingDirectory(opened, journal.madeDirectory(place, name), journal);
  }

  @Override
  public StoreOutput create(String name) throws IOException {
    StoreOutput out = super.create(name);
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
    super.rename(from, to);
    journal.renamed(place, from, to);
  }

  @Override
  public void link(String name, StoreDirectory target, String targetName) throws IOException {
    if (!(target instanceof RecordingDirectory other)) {
      throw new IllegalArgumentException(target.path() + " is not recorded");
    }
    super.link(name, other, targetName);
    journal.linked(place, name, other.place, targetName);
  }

  @Override
  public void delete(String name) throws IOException {
    super.delete(name);
    journal.deleted(place, name);
  }

  @Override
  public void renameDirectory(String from, String to) throws IOException {
    super.renameDirectory(from, to);
    journal.renamedDirectory(place, from, to);
  }

  @Override
  public void deleteDirectory(String name) throws IOException {
    super.deleteDirectory(name);
    journal.deletedDirectory(place, name);
  }

  @Override
  public void sync() throws IOException {
    super.sync();
    journal.syncedDirectory(place);
  }
}

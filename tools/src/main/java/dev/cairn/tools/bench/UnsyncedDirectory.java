package dev.cairn.tools.bench;

import dev.cairn.store.io.ForwardingDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Another directory without its syncs, so that making a thousand points to measure on does not take
 * minutes. Safe for use by several threads.
 */
final class UnsyncedDirectory extends ForwardingDirectory {
  UnsyncedDirectory(StoreDirectory directory) {
    super(directory);
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
  protected StoreDirectory inside(StoreDirectory opened, String name) {
    return new UnsyncedDirectory(opened);
  }

  @Override
  public StoreOutput create(String name) throws IOException {
    return new Output(super.create(name));
  }

  @Override
  public void sync() {}
}

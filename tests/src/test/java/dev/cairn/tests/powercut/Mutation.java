package dev.cairn.tests.powercut;

import dev.cairn.store.io.ForwardingDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** What is broken on purpose, to see that a power cut shows it. */
enum Mutation {
  NOTHING,
  /** Bases, layers and page files are not synced before they are published. */
  DATA_SYNCS,
  /** Directories are not synced: who is told that a commit is done, is told too early. */
  DIRECTORY_SYNCS,
  /** The disk forgets what it was given between the last two flushes, though both were done. */
  FLUSHES;

  /** Returns a directory in which that is so. */
  StoreDirectory breaks(StoreDirectory directory) {
    return switch (this) {
      case NOTHING, FLUSHES -> directory;
      case DATA_SYNCS, DIRECTORY_SYNCS -> new Forgetful(directory, this);
    };
  }

  private static final class Forgetful extends ForwardingDirectory {
    private final Mutation mutation;

    Forgetful(StoreDirectory target, Mutation mutation) {
      super(target);
      this.mutation = mutation;
    }

    @Override
    protected StoreDirectory inside(StoreDirectory opened, String name) {
      return new Forgetful(opened, mutation);
    }

    @Override
    public void sync() throws IOException {
      if (mutation != DIRECTORY_SYNCS) {
        super.sync();
      }
    }

    @Override
    public StoreOutput create(String name) throws IOException {
      return forgetful(name, super.create(name));
    }

    @Override
    public StoreOutput reopen(String name) throws IOException {
      return forgetful(name, super.reopen(name));
    }

    private StoreOutput forgetful(String name, StoreOutput out) {
      if (mutation != DATA_SYNCS || name.startsWith("MANIFEST") || name.startsWith("STORE")) {
        return out;
      }
      return new StoreOutput() {
        @Override
        public void write(long offset, MemorySegment data) throws IOException {
          out.write(offset, data);
        }

        @Override
        public void sync() {
          // forgotten
        }

        @Override
        public void close() throws IOException {
          out.close();
        }
      };
    }
  }
}

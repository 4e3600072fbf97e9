package dev.cairn.chain;

import dev.cairn.store.file.FileName;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.io.StoreDirectory;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * The files of one chain that snapshots hold open, each once. A file is closed when the last
 * snapshot lets it go. Thread-safe.
 */
final class FilePool {
  private static final class Shared {
    final OpenFile file;
    int users;

    Shared(OpenFile file) {
      this.file = file;
    }
  }

  private final StoreDirectory directory;
  private final Map<FileName, Shared> open = new HashMap<>();

  FilePool(StoreDirectory directory) {
    this.directory = directory;
  }

  /**
   * Opens a file, or shares the one that is open. Who needs its index loads it.
   *
   * @throws java.nio.file.NoSuchFileException if it is gone
   */
  synchronized OpenFile acquire(FileName name) throws IOException {
    Shared shared = open.get(name);
    if (shared == null) {
      shared = new Shared(OpenFile.openData(name, directory.open(name.text())));
      open.put(name, shared);
    }
    shared.users++;
    return shared.file;
  }

  synchronized void release(OpenFile file) throws IOException {
    FileName name = file.header().name();
    Shared shared = open.get(name);
    if (shared == null || shared.file != file) {
      throw new IllegalStateException(name + " is not open here");
    }
    if (--shared.users == 0) {
      open.remove(name);
      file.close();
    }
  }
}

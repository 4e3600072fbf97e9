package dev.cairn.chain;

import dev.cairn.store.file.FileName;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.io.StoreInput;
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

  /** Opens the bytes of a file by its final name. */
  @FunctionalInterface
  interface Opener {
    StoreInput open(String name) throws IOException;
  }

  private final Opener opener;
  private final Map<FileName, Shared> open = new HashMap<>();

  FilePool(Opener opener) {
    this.opener = opener;
  }

  /**
   * Opens a file, or shares the one that is open. Who needs its index loads it.
   *
   * @throws java.nio.file.NoSuchFileException if it is gone
   */
  synchronized OpenFile acquire(FileName name) throws IOException {
    Shared shared = open.get(name);
    if (shared == null) {
      shared = new Shared(OpenFile.openData(name, opener.open(name.text())));
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

package dev.cairn.transport.source;

import dev.cairn.chain.manifest.Dropped;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Hold;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.io.StoreInput;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.wire.ErrorCode;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A hold that a session has taken or gone on with, and the files that it names: each is opened when
 * it is first asked for, and once. Thread-safe.
 */
final class ServedHold implements Closeable {
  /** A file that the hold keeps. Thread-safe. */
  final class HeldFile {
    private final FileEntry entry;
    private @Nullable StoreInput input; // guarded by this

    private HeldFile(FileEntry entry) {
      this.entry = entry;
    }

    long length() {
      return entry.length();
    }

    /** Reads bytes, as they lie there: who asked for them checks them. */
    void read(long offset, MemorySegment into) throws IOException {
      try {
        open().read(offset, into);
      } catch (EOFException e) {
        throw shorter(offset);
      }
    }

    /**
     * Maps bytes for a device; empty where that cannot be.
     *
     * @param arena until it is closed, also after the hold
     */
    Optional<MemorySegment> map(long offset, int length, Arena arena) throws IOException {
      try {
        return open().map(offset, length, arena);
      } catch (EOFException e) {
        throw shorter(offset);
      }
    }

    private CorruptFileException shorter(long offset) {
      return new CorruptFileException(
          entry.name().text(), "length", offset, entry.length() + " bytes", "end of file");
    }

    private synchronized StoreInput open() throws IOException {
      if (closed) {
        throw Refusal.noHold(hold.token());
      }
      StoreInput open = input;
      if (open == null) {
        try {
          open = shared.chain().directory().open(entry.name().text());
        } catch (NoSuchFileException e) {
          // A hold that somebody else has released, or damage that was repaired.
          throw FailureException.of(ErrorCode.NO_SUCH, "no file " + entry.name() + " any more");
        }
        input = open;
      }
      return open;
    }

    private synchronized void close() throws IOException {
      StoreInput open = input;
      input = null;
      if (open != null) {
        open.close();
      }
    }
  }

  private final SharedChains.Shared shared;
  private final Hold hold;
  private final Map<Long, HeldFile> files = new HashMap<>();
  private volatile boolean closed;

  /**
   * Makes one; it owns the use of the chain from then on.
   *
   * @param manifest a generation that has the hold: what it keeps is the same in each
   */
  ServedHold(SharedChains.Shared shared, Manifest manifest, Hold hold) {
    this.shared = shared;
    this.hold = hold;
    manifest.files().forEach(file -> add(manifest, file));
    manifest.marks().dropped().stream().map(Dropped::file).forEach(file -> add(manifest, file));
  }

  private void add(Manifest manifest, FileEntry file) {
    manifest
        .heldFile(hold, file.fileId())
        .ifPresent(held -> files.put(held.fileId(), new HeldFile(held)));
  }

  Hold hold() {
    return hold;
  }

  SharedChains.Shared shared() {
    return shared;
  }

  String chain() {
    return shared.chain().name();
  }

  Optional<HeldFile> file(long fileId) {
    return Optional.ofNullable(files.get(fileId));
  }

  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (shared) {
      for (HeldFile file : files.values()) {
        file.close();
      }
    }
  }
}

package dev.cairn.chain;

import dev.cairn.chain.manifest.IncomingCodec;
import dev.cairn.chain.manifest.IncomingState;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/**
 * Reads and writes {@code incoming/STATE}. Who writes holds {@code incoming/LOCK}. Not thread-safe.
 */
final class StateFile {
  static final String NAME = "STATE";
  private static final String TMP = "STATE.tmp";

  private final StoreDirectory directory;

  /**
   * @param directory {@code incoming/} of a chain
   */
  StateFile(StoreDirectory directory) {
    this.directory = directory;
  }

  /**
   * Returns what is coming, if anything is.
   *
   * @throws CorruptFileException if it cannot be read
   */
  Optional<IncomingState> read() throws IOException {
    byte[] bytes;
    String file = directory.path() + "/" + NAME;
    try (StoreInput in = directory.open(NAME)) {
      if (in.length() > IncomingCodec.MOST_BYTES) {
        throw new CorruptFileException(
            file, "length", 0, "≤ " + IncomingCodec.MOST_BYTES, in.length());
      }
      bytes = new byte[(int) in.length()];
      in.read(0, MemorySegment.ofArray(bytes));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    return Optional.of(IncomingCodec.decode(file, bytes));
  }

  /** Makes it so, durably. */
  void publish(IncomingState next) throws IOException {
    if (directory.exists(TMP)) {
      directory.delete(TMP);
    }
    try (StoreOutput out = directory.create(TMP)) {
      out.write(0, MemorySegment.ofArray(IncomingCodec.encode(next)));
      out.sync();
    }
    directory.rename(TMP, NAME);
    directory.sync();
  }
}

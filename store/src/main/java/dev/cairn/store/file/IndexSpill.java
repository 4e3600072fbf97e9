package dev.cairn.store.file;

import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreOutput;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A temporary file beside the one being written, for index regions that wait for the end of a large
 * body. It is made when it is first needed, never synced, and gone when this is closed. Not
 * thread-safe.
 */
final class IndexSpill implements Closeable {
  private static final int PIECE = 1 << 20;

  private final StoreDirectory directory;
  private final String name;
  private @Nullable StoreOutput out;
  private long length;

  IndexSpill(StoreDirectory directory, FileName file) {
    this.directory = directory;
    this.name = "index-" + file.temporary();
  }

  void append(MemorySegment bytes) throws IOException {
    if (out == null) {
      out = directory.create(name);
    }
    out.write(length, bytes);
    length += bytes.byteSize();
  }

  /** Hands everything on, in order; what was appended has a length that is a multiple of 8. */
  void moveTo(MetadataWriter metadata) throws IOException {
    if (length > 0) {
      try (StoreInput in = directory.open(name)) {
        for (long at = 0; at < length; ) {
          MemorySegment piece = MemorySegment.ofArray(new byte[(int) Math.min(PIECE, length - at)]);
          in.read(at, piece);
          metadata.append(piece);
          at += piece.byteSize();
        }
      }
    }
    close();
  }

  @Override
  public void close() throws IOException {
    if (out != null) {
      try (StoreOutput _ = out) {
        directory.delete(name);
      }
      out = null;
      length = 0;
    }
  }
}

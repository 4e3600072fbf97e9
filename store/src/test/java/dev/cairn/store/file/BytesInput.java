package dev.cairn.store.file;

import dev.cairn.store.io.StoreInput;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A file whose bytes are an array. Safe for use by several threads while the array stays as is. */
record BytesInput(MemorySegment bytes) implements StoreInput {
  static BytesInput of(byte[] bytes) {
    return new BytesInput(MemorySegment.ofArray(bytes));
  }

  /** Reads a whole file and closes it. */
  static byte[] all(StoreInput in) throws IOException {
    try (in) {
      byte[] bytes = new byte[Math.toIntExact(in.length())];
      in.read(0, MemorySegment.ofArray(bytes));
      return bytes;
    }
  }

  @Override
  public long length() {
    return bytes.byteSize();
  }

  @Override
  public int names() {
    return 1;
  }

  @Override
  public void read(long offset, MemorySegment into) throws IOException {
    if (offset > bytes.byteSize() - into.byteSize()) {
      throw new EOFException("ends before " + (offset + into.byteSize()));
    }
    MemorySegment.copy(bytes, offset, into, 0, into.byteSize());
  }

  @Override
  public void close() {}
}

package dev.cairn.tools.image;

import dev.cairn.store.BadInputException;
import dev.cairn.store.RefusedException;
import dev.cairn.tools.migration.StreamInput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Reads a migration stream in a file; integers are big-endian. All goes through one small buffer,
 * wherever the file says that the stream goes on: how much it allocates does not depend on that.
 * Not thread-safe.
 */
final class MigrationCursor implements StreamInput {
  /** Headers of a stream lie pages or megabytes apart: more would be read in vain. */
  private static final int BUFFER = 4096;

  private final ImageFile file;
  private final byte[] buffer;
  private long bufferAt;
  private int buffered;
  private long position;

  MigrationCursor(ImageFile file, long position) {
    this.file = file;
    this.position = position;
    this.buffer = new byte[(int) Math.min(BUFFER, file.length())];
  }

  @Override
  public long position() {
    return position;
  }

  void goTo(String what, long offset) throws BadInputException {
    if (offset < 0 || offset > file.length()) {
      throw file.bad(what, position, "an offset up to " + file.length(), offset);
    }
    position = offset;
  }

  /** Has the next bytes in the buffer, goes behind them and returns where in it they are. */
  private int take(String what, int count) throws IOException {
    long left = Math.max(0, file.length() - position);
    if (count > left) {
      throw file.bad(what, position, count + " bytes", left + " up to the end of the file");
    }
    if (position < bufferAt || position + count > bufferAt + buffered) {
      buffered = (int) Math.min(buffer.length, left);
      bufferAt = position;
      file.read(position, MemorySegment.ofArray(buffer).asSlice(0, buffered));
    }
    int at = (int) (position - bufferAt);
    position += count;
    return at;
  }

  @Override
  public long number(String what, int bytes) throws IOException {
    int at = take(what, bytes);
    long number = 0;
    for (int i = 0; i < bytes; i++) {
      number = number << 8 | (buffer[at + i] & 0xff);
    }
    return number;
  }

  @Override
  public void read(String what, MemorySegment into) throws IOException {
    for (long done = 0; done < into.byteSize(); ) {
      int count = (int) Math.min(buffer.length, into.byteSize() - done);
      MemorySegment.copy(MemorySegment.ofArray(buffer), take(what, count), into, done, count);
      done += count;
    }
  }

  @Override
  public int readSome(String what, MemorySegment into) throws IOException {
    int count = (int) Math.clamp(into.byteSize(), 1, Math.max(1, file.length() - position));
    count = Math.min(count, buffer.length);
    read(what, into.asSlice(0, count));
    return count;
  }

  /** All of a file has come, and what stands behind its stream is of no account. */
  @Override
  public int buffered() {
    return 0;
  }

  @Override
  public void skip(String what, long bytes) throws IOException {
    goTo(what, position + bytes);
  }

  @Override
  public BadInputException bad(String what, long offset, Object expected, Object actual) {
    return file.bad(what, offset, expected, actual);
  }

  @Override
  public RefusedException refused(String what, long offset, Object expected, Object actual) {
    return file.refused(what, offset, expected, actual);
  }
}

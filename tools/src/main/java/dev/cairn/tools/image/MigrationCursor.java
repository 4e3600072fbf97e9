package dev.cairn.tools.image;

import dev.cairn.store.BadInputException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * Reads a migration stream in a file; integers are big-endian. All goes through one small buffer,
 * wherever the file says that the stream goes on: how much it allocates does not depend on that.
 * Not thread-safe.
 */
final class MigrationCursor {
  /** Headers of a stream lie pages or megabytes apart: more would be read in vain. */
  private static final int BUFFER = 4096;

  /** What the decoder puts in the place of bytes that are no UTF-8. */
  private static final char MALFORMED = 0xfffd;

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

  long position() {
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

  private long number(String what, int count) throws IOException {
    int at = take(what, count);
    long number = 0;
    for (int i = 0; i < count; i++) {
      number = number << 8 | (buffer[at + i] & 0xff);
    }
    return number;
  }

  int u8(String what) throws IOException {
    return (int) number(what, 1);
  }

  int be16(String what) throws IOException {
    return (int) number(what, 2);
  }

  long be32(String what) throws IOException {
    return number(what, 4);
  }

  long be64(String what) throws IOException {
    return number(what, 8);
  }

  /** Reads a name: its length in one byte, then its bytes, which a terminal can show. */
  String name(String what) throws IOException {
    long at = position;
    int length = u8(what);
    String name = new String(buffer, take(what, length), length, StandardCharsets.UTF_8);
    for (int i = 0; i < name.length(); i++) {
      if (Character.isISOControl(name.charAt(i)) || name.charAt(i) == MALFORMED) {
        throw file.bad(what, at, "printable UTF-8", "other bytes");
      }
    }
    return name;
  }

  void expectU8(String what, int expected) throws IOException {
    expect(what, expected, u8(what), 1);
  }

  void expectBe32(String what, long expected) throws IOException {
    expect(what, expected, be32(what), 4);
  }

  void expectBe64(String what, long expected) throws IOException {
    expect(what, expected, be64(what), 8);
  }

  private void expect(String what, long expected, long actual, int bytes) throws IOException {
    if (expected != actual) {
      throw file.bad(
          what,
          position - bytes,
          "0x" + Long.toHexString(expected),
          "0x" + Long.toHexString(actual));
    }
  }
}

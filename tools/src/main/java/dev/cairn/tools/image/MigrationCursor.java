package dev.cairn.tools.image;

import dev.cairn.store.BadInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Reads a migration stream in a file from front to back; integers are big-endian. Not thread-safe.
 */
final class MigrationCursor {
  private static final int BUFFER = 1 << 16;

  /** What the decoder puts in the place of bytes that are no UTF-8. */
  private static final int MALFORMED = 0xfffd;

  private final ImageFile file;
  private byte[] buffer = new byte[0];
  private long bufferAt;
  private long position;

  MigrationCursor(ImageFile file, long position) {
    this.file = file;
    this.position = position;
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

  private byte[] take(String what, int count) throws IOException {
    long at = position - bufferAt;
    if (at < 0 || at + count > buffer.length) {
      bufferAt = position;
      buffer =
          file.bytes(what, position, Math.max(count, Math.min(BUFFER, file.length() - position)));
      at = 0;
    }
    byte[] bytes = new byte[count];
    System.arraycopy(buffer, (int) at, bytes, 0, count);
    position += count;
    return bytes;
  }

  int u8(String what) throws IOException {
    return take(what, 1)[0] & 0xff;
  }

  int be16(String what) throws IOException {
    return ByteBuffer.wrap(take(what, 2)).getShort() & 0xffff;
  }

  long be32(String what) throws IOException {
    return ByteBuffer.wrap(take(what, 4)).getInt() & 0xffff_ffffL;
  }

  long be64(String what) throws IOException {
    return ByteBuffer.wrap(take(what, 8)).getLong();
  }

  /** Reads a name: its length in one byte, then its bytes, which a terminal can show. */
  String name(String what) throws IOException {
    long at = position;
    int length = u8(what);
    String name = new String(take(what, length), StandardCharsets.UTF_8);
    if (name.codePoints().anyMatch(c -> Character.isISOControl(c) || c == MALFORMED)) {
      throw file.bad(what, at, "printable UTF-8", "other bytes");
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

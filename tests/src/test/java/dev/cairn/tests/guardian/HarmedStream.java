package dev.cairn.tests.guardian;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Harms the beginning of each migration. Used by one thread at a time. */
final class HarmedStream implements MiddleMan.Meddler {
  private static final int FOOTER = 0x7e;

  private final StreamHarm harm;
  private final ByteArrayOutputStream head = new ByteArrayOutputStream();
  private boolean done;

  HarmedStream(StreamHarm harm) {
    this.harm = harm;
  }

  @Override
  public void command(String line) {
    if (line.contains("\"getfd\"")) {
      head.reset();
      done = false;
    }
  }

  @Override
  public byte[] stream(byte[] bytes) throws IOException {
    if (done) {
      if (harm.cuts()) {
        throw new IOException("that was all");
      }
      return bytes;
    }
    head.writeBytes(bytes);
    byte[] all = head.toByteArray();
    int end = end(all);
    if (end < 0) {
      return new byte[0];
    }
    done = true;
    byte[] first = Arrays.copyOf(all, end);
    byte[] harmed = harm.of(first, ByteBuffer.wrap(all).getInt(nameOfRam(all) - 4));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(harmed);
    if (!harm.cuts()) {
      out.write(all, end, all.length - end);
    }
    return out.toByteArray();
  }

  /** Returns where the section's name begins, or -1 if it has not come. */
  static int nameOfRam(byte[] bytes) {
    for (int at = 4; at + 4 <= bytes.length; at++) {
      if (bytes[at] == 3 && bytes[at + 1] == 'r' && bytes[at + 2] == 'a' && bytes[at + 3] == 'm') {
        return at;
      }
    }
    return -1;
  }

  /** Returns where the first section of RAM ends: EOS and a footer; or -1 if it has not come. */
  private static int end(byte[] bytes) {
    int name = nameOfRam(bytes);
    ByteBuffer fields = ByteBuffer.wrap(bytes);
    for (int at = name; name > 0 && at + 13 <= bytes.length; at++) {
      if (fields.getLong(at) == 0x10 && bytes[at + 8] == FOOTER) {
        return at + 13;
      }
    }
    return -1;
  }
}

package dev.cairn.transport.wire;

import dev.cairn.store.BadInputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The first 16 bytes of either side on a link: for ever as they are. Stateless. */
public final class Preamble {
  public static final int BYTES = 16;

  /** {@code 89 C A I R N \r \n}: neither text, nor TLS, nor what survives a change of line ends. */
  static final long MAGIC = 0x0a0d_4e52_4941_4389L;

  static final int MAGIC_AT = 0;
  static final int NEWEST_AT = 8;
  static final int OLDEST_AT = 12;

  private Preamble() {}

  /** Writes the preamble of a side that speaks these versions. */
  public static void put(ByteBuffer out, VersionRange versions) {
    ByteBuffer at = out.slice(out.position(), BYTES).order(ByteOrder.LITTLE_ENDIAN);
    at.putLong(MAGIC_AT, MAGIC);
    at.putInt(NEWEST_AT, versions.newest());
    at.putInt(OLDEST_AT, versions.oldest());
    out.position(out.position() + BYTES);
  }

  /**
   * Reads which versions the other side speaks.
   *
   * @param peer for messages
   * @param in 16 bytes
   * @throws BadInputException if it is no preamble; says what it is, if that is known
   */
  public static VersionRange read(String peer, ByteBuffer in) throws BadInputException {
    ByteBuffer at = in.slice(in.position(), BYTES).order(ByteOrder.LITTLE_ENDIAN);
    if (at.getLong(MAGIC_AT) != MAGIC) {
      throw new BadInputException(peer + ": expected a Cairn link, found " + shown(at));
    }
    int newest = at.getInt(NEWEST_AT);
    int oldest = at.getInt(OLDEST_AT);
    if (oldest < 1 || newest < oldest) {
      throw new BadInputException(
          "%s: protocol versions: expected oldest to newest from 1, found %s to %s"
              .formatted(peer, Integer.toUnsignedString(oldest), Integer.toUnsignedString(newest)));
    }
    in.position(in.position() + BYTES);
    return new VersionRange(oldest, newest);
  }

  private static String shown(ByteBuffer at) {
    byte[] bytes = new byte[BYTES];
    at.get(0, bytes);
    if (bytes[0] == 0x16 && bytes[1] == 3) {
      return "TLS: this endpoint speaks plain; use tls:";
    }
    for (byte b : bytes) {
      if ((b < ' ' || b > '~') && b != '\r' && b != '\n') {
        return "other bytes; is it a Cairn that listens there, or is TLS expected?";
      }
    }
    String text = new String(bytes, StandardCharsets.US_ASCII);
    return (text.contains(" /") || text.startsWith("HTTP/") ? "HTTP (" : "text (")
        + text.strip().lines().findFirst().orElse("")
        + ")";
  }
}

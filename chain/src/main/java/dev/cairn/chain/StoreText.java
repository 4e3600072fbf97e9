package dev.cairn.chain;

import dev.cairn.store.CorruptFileException;
import dev.cairn.store.Id;
import dev.cairn.store.RefusedException;
import dev.cairn.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/** The text of the file STORE: version, id, checksum. */
final class StoreText {
  static final int MOST_BYTES = 4096;

  private static final String VERSION = "1";
  private static final Pattern VERSION_LINE = Pattern.compile("cairn-store ([0-9]{1,9})\n");
  private static final Pattern TEXT =
      Pattern.compile("cairn-store [0-9]{1,9}\nid ([0-9a-f]{32})\ncrc ([0-9a-f]{8})\n");

  private StoreText() {}

  static byte[] encode(Id id) {
    String body = "cairn-store " + VERSION + "\nid " + id + "\n";
    return (body + "crc " + crc(body) + "\n").getBytes(StandardCharsets.US_ASCII);
  }

  private static String crc(String body) {
    CRC32C crc = new CRC32C();
    crc.update(body.getBytes(StandardCharsets.ISO_8859_1));
    return HexFormat.of().toHexDigits((int) crc.getValue());
  }

  /**
   * Reads the id. A rotten version is told from a newer one by the checksum: it would hold with
   * ours.
   *
   * @param file its path, for errors
   */
  static Id decode(String file, byte[] bytes) throws StoreException {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    Matcher ours = TEXT.matcher(text);
    if (ours.matches()) {
      String body = "cairn-store " + VERSION + "\nid " + ours.group(1) + "\n";
      if (crc(body).equals(ours.group(2)) && text.startsWith(body)) {
        return Id.parse(ours.group(1));
      }
      if (crc(body).equals(ours.group(2))) {
        throw new CorruptFileException(file, "version", 0, VERSION, "another");
      }
    }
    Matcher version = VERSION_LINE.matcher(text);
    if (version.lookingAt() && !version.group(1).equals(VERSION)) {
      throw RefusedException.version(file, version.start(1), VERSION, version.group(1));
    }
    throw new CorruptFileException(
        file, "text", 0, "a store's version, id and checksum", "something else");
  }
}

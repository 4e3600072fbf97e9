package dev.cairn.transport.tls;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.HexFormat;

/**
 * The forms in which tools write private keys: PKCS #8, and the older ones of RSA (RFC 8017 A.1.2)
 * and of elliptic curves (RFC 5915), which certtool writes unless told otherwise. The JDK reads the
 * first; the others are put into its frame (RFC 5958). Stateless.
 */
final class PrivateKeys {
  private static final byte[] VERSION_0 = HexFormat.of().parseHex("020100");
  private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");
  private static final byte[] EC_OID = HexFormat.of().parseHex("06072a8648ce3d0201");

  private static final int INTEGER = 0x02;
  private static final int OCTETS = 0x04;
  private static final int OID = 0x06;
  private static final int SEQUENCE = 0x30;

  /** Behind an elliptic curve's key: which curve it is. */
  private static final int PARAMETERS = 0xa0;

  private PrivateKeys() {}

  /**
   * Reads one.
   *
   * @param label of the PEM block
   * @param algorithm that the key is for
   */
  static PrivateKey read(String label, byte[] bytes, String algorithm)
      throws GeneralSecurityException {
    byte[] framed =
        switch (label) {
          case "PRIVATE KEY" -> bytes;
          case "RSA PRIVATE KEY" -> framed(RSA, bytes);
          case "EC PRIVATE KEY" ->
              framed(element(SEQUENCE, EC_OID, element(OID, curve(bytes))), bytes);
          default -> throw new InvalidKeySpecException(label);
        };
    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(framed));
  }

  private static byte[] framed(byte[] algorithm, byte[] key) {
    return element(SEQUENCE, VERSION_0, algorithm, element(OCTETS, key));
  }

  /** Returns the object identifier of the curve that the key names. */
  private static byte[] curve(byte[] key) throws InvalidKeySpecException {
    ByteBuffer fields = take(ByteBuffer.wrap(key), SEQUENCE);
    take(fields, INTEGER);
    take(fields, OCTETS);
    ByteBuffer oid = take(take(fields, PARAMETERS), OID);
    byte[] bytes = new byte[oid.remaining()];
    oid.get(bytes);
    return bytes;
  }

  /** Takes an element's content off the front. */
  private static ByteBuffer take(ByteBuffer from, int tag) throws InvalidKeySpecException {
    if (from.remaining() < 2 || (from.get() & 0xff) != tag) {
      throw new InvalidKeySpecException("not such an element");
    }
    int length = from.get() & 0xff;
    if (length > 0x80) {
      int count = length & 0x7f;
      if (count > 3 || from.remaining() < count) {
        throw new InvalidKeySpecException("a length of " + count + " bytes");
      }
      length = 0;
      for (int i = 0; i < count; i++) {
        length = length << 8 | (from.get() & 0xff);
      }
    }
    if (length > from.remaining()) {
      throw new InvalidKeySpecException("longer than the key");
    }
    ByteBuffer content = from.slice(from.position(), length);
    from.position(from.position() + length);
    return content;
  }

  private static byte[] element(int tag, byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteBuffer made = ByteBuffer.allocate(length + 5);
    made.put((byte) tag);
    if (length < 0x80) {
      made.put((byte) length);
    } else if (length < 0x100) {
      made.put((byte) 0x81).put((byte) length);
    } else if (length < 0x10000) {
      made.put((byte) 0x82).putShort((short) length);
    } else {
      made.put((byte) 0x83).put((byte) (length >> 16)).putShort((short) length);
    }
    for (byte[] part : parts) {
      made.put(part);
    }
    byte[] bytes = new byte[made.position()];
    made.flip().get(bytes);
    return bytes;
  }
}

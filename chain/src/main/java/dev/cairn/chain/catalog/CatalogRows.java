package dev.cairn.chain.catalog;

import dev.cairn.store.Id;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;

/**
 * Owns the bytes of the catalog's keys and values; chain/FORMAT.md, Catalog. Immutable.
 *
 * <p>Integers are big-endian here, other than in Cairn's own files: RocksDB orders keys by their
 * bytes, and times and numbers have to come in their own order.
 */
final class CatalogRows {
  static final int VERSION = 1;

  static final byte FORMAT = 1;
  static final byte MADE_FROM = 2;
  static final byte OWNED = 3;
  static final byte BY_TIME = 4;
  static final byte BY_LABEL = 5;

  private static final int TIME_BYTES = Long.BYTES + Integer.BYTES;

  /** Above every byte of a chain's name, and so above every row of one moment. */
  private static final byte ABOVE_NAMES = (byte) 0xff;

  private CatalogRows() {}

  static byte[] formatKey() {
    return new byte[] {FORMAT};
  }

  static byte[] formatValue(Id store) {
    return ("cairn-catalog " + VERSION + " " + store).getBytes(StandardCharsets.US_ASCII);
  }

  /** Returns the key under which the manifest lies that a chain's rows were made from. */
  static byte[] madeFromKey(String chain) {
    return ByteBuffer.allocate(1 + chain.length()).put(MADE_FROM).put(ascii(chain)).array();
  }

  static String madeFromChain(byte[] key) {
    return new String(key, 1, key.length - 1, StandardCharsets.US_ASCII);
  }

  /** Returns the two bounds, the second one excluded, of all rows of a kind. */
  static byte[][] all(byte kind) {
    return new byte[][] {{kind}, {(byte) (kind + 1)}};
  }

  /** Returns the bounds of the rows that a chain owns from a checkpoint on. */
  static byte[][] owned(String chain, long from) {
    byte[] end = ownedKey(chain, 0);
    end[end.length - Long.BYTES - 1] = 1;
    return new byte[][] {ownedKey(chain, from), end};
  }

  /** Returns the bounds of all points from one time to another, both included. */
  static byte[][] between(Instant from, Instant to) {
    ByteBuffer low = ByteBuffer.allocate(1 + TIME_BYTES).put(BY_TIME);
    ByteBuffer high = ByteBuffer.allocate(1 + TIME_BYTES + 1).put(BY_TIME);
    return new byte[][] {time(low, from).array(), time(high, to).put(ABOVE_NAMES).array()};
  }

  /** Returns the bounds of all points with a label. */
  static byte[][] labelled(String label) {
    byte[] text = label.getBytes(StandardCharsets.UTF_8);
    ByteBuffer low = ByteBuffer.allocate(1 + Integer.BYTES + text.length);
    ByteBuffer high = ByteBuffer.allocate(1 + Integer.BYTES + text.length + 1);
    return new byte[][] {
      low.put(BY_LABEL).putInt(text.length).put(text).array(),
      high.put(BY_LABEL).putInt(text.length).put(text).put(ABOVE_NAMES).array()
    };
  }

  static byte[] ownedKey(String chain, long checkpoint) {
    ByteBuffer key = ByteBuffer.allocate(1 + chain.length() + 1 + Long.BYTES).put(OWNED);
    return key.put(ascii(chain)).put((byte) 0).putLong(checkpoint).array();
  }

  /** Returns the value that all rows of a point have. */
  static byte[] value(CatalogPoint point) {
    byte[] label = point.label().getBytes(StandardCharsets.UTF_8);
    ByteBuffer value = ByteBuffer.allocate(TIME_BYTES + 2 * Long.BYTES + label.length);
    return time(value, point.time())
        .putLong(point.pages())
        .putLong(point.bytes())
        .put(label)
        .array();
  }

  static CatalogPoint owned(byte[] key, byte[] value) throws CatalogDamagedException {
    try {
      ByteBuffer v = ByteBuffer.wrap(value);
      Instant time = time(v);
      return new CatalogPoint(
          time, chain(key, 1), number(key), label(value), v.getLong(), v.getLong());
    } catch (BufferUnderflowException
        | IllegalArgumentException
        | IndexOutOfBoundsException
        | DateTimeException e) {
      throw new CatalogDamagedException("catalog: a row of kind " + OWNED + " is malformed", e);
    }
  }

  static byte[] timeKey(CatalogPoint point) {
    String chain = point.chain();
    ByteBuffer key =
        ByteBuffer.allocate(1 + TIME_BYTES + chain.length() + 1 + Long.BYTES).put(BY_TIME);
    return time(key, point.time())
        .put(ascii(chain))
        .put((byte) 0)
        .putLong(point.checkpoint())
        .array();
  }

  static CatalogPoint byTime(byte[] key, byte[] value) throws CatalogDamagedException {
    try {
      return owned(ownedKey(chain(key, 1 + TIME_BYTES), number(key)), value);
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new CatalogDamagedException("catalog: a row of kind " + BY_TIME + " is malformed", e);
    }
  }

  static byte[] labelKey(CatalogPoint point) {
    byte[] label = point.label().getBytes(StandardCharsets.UTF_8);
    byte[] chain = ascii(point.chain());
    ByteBuffer key =
        ByteBuffer.allocate(1 + Integer.BYTES + label.length + chain.length + 1 + Long.BYTES);
    key.put(BY_LABEL).putInt(label.length).put(label).put(chain).put((byte) 0);
    return key.putLong(point.checkpoint()).array();
  }

  static CatalogPoint byLabel(byte[] key, byte[] value) throws CatalogDamagedException {
    try {
      int length = ByteBuffer.wrap(key, 1, Integer.BYTES).getInt();
      return owned(ownedKey(chain(key, 1 + Integer.BYTES + length), number(key)), value);
    } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new CatalogDamagedException("catalog: a row of kind " + BY_LABEL + " is malformed", e);
    }
  }

  private static ByteBuffer time(ByteBuffer into, Instant time) {
    // The sign is turned over, so that times before 1970 come first.
    return into.putLong(time.getEpochSecond() ^ Long.MIN_VALUE).putInt(time.getNano());
  }

  private static Instant time(ByteBuffer from) {
    long second = from.getLong() ^ Long.MIN_VALUE;
    return Instant.ofEpochSecond(second, from.getInt());
  }

  private static String label(byte[] value) {
    int at = TIME_BYTES + 2 * Long.BYTES;
    return new String(value, at, value.length - at, StandardCharsets.UTF_8);
  }

  private static String chain(byte[] key, int at) {
    int end = key.length - Long.BYTES - 1;
    return new String(Arrays.copyOfRange(key, at, end), StandardCharsets.US_ASCII);
  }

  private static long number(byte[] key) {
    return ByteBuffer.wrap(key).getLong(key.length - Long.BYTES);
  }

  private static byte[] ascii(String chain) {
    return chain.getBytes(StandardCharsets.US_ASCII);
  }
}

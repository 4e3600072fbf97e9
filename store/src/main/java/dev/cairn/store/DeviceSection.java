package dev.cairn.store;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.zip.CRC32C;

/**
 * One named part of a machine's state outside its RAM. Immutable: the bytes are copied in and out.
 *
 * <p>Names in use: {@code qemu-configuration}, {@code qemu-devices}, {@code qemu-vmdesc}, {@code
 * device-state} (a file that a person gave, such as Firecracker's vmstate), {@code machine} (JSON).
 */
public final class DeviceSection {
  /** Longest section in bytes. */
  public static final long MAX_LENGTH = 1L << 30;

  /** Longest name in bytes of UTF-8. */
  public static final int MAX_NAME_BYTES = 255;

  private final String name;
  private final int version;
  private final byte[] content;

  /**
   * Makes a section of a copy of the bytes.
   *
   * @param name 1 to 255 bytes of UTF-8 without control characters
   * @param version version of the content, the adapter's business; not negative
   */
  public DeviceSection(String name, int version, byte[] content) {
    boolean named = Text.isSound(name, 1, MAX_NAME_BYTES);
    if (!named || version < 0 || content.length > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "device section " + name + " v" + version + " of " + content.length + " bytes");
    }
    this.name = name;
    this.version = version;
    this.content = content.clone();
  }

  public String name() {
    return name;
  }

  public int version() {
    return version;
  }

  /** Returns a copy of the bytes. */
  public byte[] content() {
    return content.clone();
  }

  /** Returns the length of the content in bytes. */
  public int length() {
    return content.length;
  }

  /** Returns the CRC-32C of the content. */
  public int crc() {
    CRC32C crc = new CRC32C();
    crc.update(content);
    return (int) crc.getValue();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DeviceSection that
        && name.equals(that.name)
        && version == that.version
        && Arrays.equals(content, that.content);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, version, Arrays.hashCode(content));
  }

  @Override
  public String toString() {
    return name
        + " v"
        + version
        + ", "
        + content.length
        + " bytes, crc "
        + HexFormat.of().toHexDigits(crc());
  }
}

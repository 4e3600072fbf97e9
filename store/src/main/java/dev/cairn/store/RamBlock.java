package dev.cairn.store;

/**
 * One RAM block of a machine, as QEMU's RAMBlock: an id string and a used length. Immutable.
 *
 * @param name id string, 1 to 255 bytes of UTF-8, unique within a layout
 * @param length used length in bytes, a positive multiple of 512
 * @param hostPageSize bytes that the hypervisor must place at once: 4096, or 2 MiB for huge pages
 */
public record RamBlock(String name, long length, int hostPageSize) {
  /** Longest id string in bytes of UTF-8; QEMU's own limit. */
  public static final int MAX_NAME_BYTES = 255;

  /** Longest block in bytes: 2 TiB. */
  public static final long MAX_LENGTH = 1L << 41;

  public RamBlock {
    if (!Text.isSound(name, 1, MAX_NAME_BYTES)) {
      throw new IllegalArgumentException(
          "RAM block name: not 1 to 255 bytes of UTF-8 without control characters");
    }
    if (length <= 0 || length > MAX_LENGTH || length % 512 != 0) {
      throw new IllegalArgumentException("RAM block " + name + " of " + length + " bytes");
    }
    if (Integer.bitCount(hostPageSize) != 1 || hostPageSize < 512) {
      throw new IllegalArgumentException("host page size " + hostPageSize);
    }
  }

  /** A block of 4 KiB host pages. */
  public RamBlock(String name, long length) {
    this(name, length, 4096);
  }

  /** Returns how many pages of {@code pageSize} bytes the block has. */
  public long pages(int pageSize) {
    return length / pageSize;
  }
}

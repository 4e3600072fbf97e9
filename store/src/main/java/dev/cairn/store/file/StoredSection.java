package dev.cairn.store.file;

/**
 * A device-state section as a file has it. Immutable.
 *
 * @param name as in {@link dev.cairn.store.DeviceSection}
 * @param version of the content
 * @param crc CRC-32C of the plain bytes
 * @param length plain bytes
 * @param storedLength bytes at the address
 * @param address PLAIN or ZSTD; ordinals are those of the file whose points name the section
 */
public record StoredSection(
    String name, int version, int crc, long length, long storedLength, long address) {
  /** Returns the same section, its bytes addressed in another file table. */
  public StoredSection at(long newAddress) {
    return new StoredSection(name, version, crc, length, storedLength, newAddress);
  }
}

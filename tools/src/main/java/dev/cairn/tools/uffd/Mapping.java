package dev.cairn.tools.uffd;

/**
 * A region of a client's memory. Immutable; its numbers were checked ({@link Mappings}).
 *
 * @param address of its first byte in the client's process
 * @param lengthBytes whole units
 * @param offset of its first byte in the memory of the point, its blocks one after another
 * @param unitBytes the client's page size: what is given at once
 * @param firstUnit number of its first unit among those of all regions
 */
record Mapping(long address, long lengthBytes, long offset, int unitBytes, long firstUnit) {
  long units() {
    return lengthBytes / unitBytes;
  }

  long end() {
    return address + lengthBytes;
  }

  /** Returns the number of the unit in which an address of this region lies. */
  long unit(long at) {
    return firstUnit + (at - address) / unitBytes;
  }

  /** Returns where a unit of this region begins in the client's process. */
  long addressOf(long unit) {
    return address + (unit - firstUnit) * unitBytes;
  }

  /** Returns where a unit of this region begins in the memory of the point. */
  long offsetOf(long unit) {
    return offset + (unit - firstUnit) * unitBytes;
  }
}

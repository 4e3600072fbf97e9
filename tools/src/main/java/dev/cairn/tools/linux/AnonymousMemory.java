package dev.cairn.tools.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory of this process, zero and not yet populated, in 4 KiB pages. */
public final class AnonymousMemory {
  public static final int PAGE_BYTES = 4096;

  private AnonymousMemory() {}

  /**
   * Maps memory that lives as long as the arena.
   *
   * @param lengthBytes whole pages
   */
  @SuppressWarnings("restricted") // The address and the length are those of the mapping just made.
  public static MemorySegment map(long lengthBytes, Arena arena) throws LinuxException {
    if (lengthBytes <= 0 || lengthBytes % PAGE_BYTES != 0) {
      throw new IllegalArgumentException(lengthBytes + " bytes are no whole number of pages");
    }
    long address = LinuxException.check("mmap", LinuxCalls.mapAnonymous(lengthBytes));
    // A kernel without huge pages answers EINVAL, and needs no advice.
    LinuxCalls.adviseNoHugePages(address, lengthBytes);
    return MemorySegment.ofAddress(address)
        .reinterpret(lengthBytes, arena, _ -> LinuxCalls.unmap(address, lengthBytes));
  }
}

package dev.cairn.tools.linux;

import java.io.Closeable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;

/**
 * Memory of this process whose pages somebody has to give, as a guest's are after it began to run
 * in postcopy. One thread touches pages, another one answers.
 */
public final class FaultingMemory implements Closeable {
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;
  private final MemorySegment state;
  private final UserFault fault;

  private FaultingMemory(long lengthBytes) throws LinuxException {
    boolean done = false;
    try {
      memory = AnonymousMemory.map(lengthBytes, arena);
      state = LinuxCalls.state(arena);
      fault = UserFault.missing(memory);
      done = true;
    } finally {
      if (!done) {
        arena.close();
      }
    }
  }

  /**
   * Maps some; every page is missing.
   *
   * @param lengthBytes whole pages
   * @throws LinuxException if the kernel does not have it, or not for this user
   */
  public static FaultingMemory map(long lengthBytes) throws LinuxException {
    return new FaultingMemory(lengthBytes);
  }

  /** Touches a page, and waits until it is given. For one thread at a time. */
  public void touch(long page) {
    LinuxCalls.touch(at(page), state);
  }

  /**
   * Waits for a touch of a page that is missing.
   *
   * @param millis at most
   * @return the page; empty after the time
   */
  public OptionalLong nextFault(int millis) throws LinuxException {
    OptionalLong address = fault.nextFault(millis);
    return address.isEmpty()
        ? address
        : OptionalLong.of((address.getAsLong() - memory.address()) / AnonymousMemory.PAGE_BYTES);
  }

  /**
   * Gives a page, and wakes who touched it.
   *
   * @param content native memory of a page
   */
  public void give(long page, MemorySegment content) throws LinuxException {
    fault.copy(at(page), content);
  }

  /** Returns a page that was given: who reads another one waits for it in Java code. */
  public MemorySegment page(long page) {
    return memory.asSlice(page * AnonymousMemory.PAGE_BYTES, AnonymousMemory.PAGE_BYTES);
  }

  private long at(long page) {
    return page(page).address();
  }

  /** Takes all pages away: they are missing again. */
  public void forget() throws LinuxException {
    LinuxException.check("madvise", LinuxCalls.adviseDontNeed(memory.address(), memory.byteSize()));
  }

  /** Lets who waits for a page have a zero one. */
  public void letGo() {
    fault.close();
  }

  /** Frees it; nobody touches it any more. */
  @Override
  public void close() {
    fault.close();
    arena.close();
  }
}

package dev.cairn.tools.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Waits on several descriptors at once: for input, or for their peers' end. Who adds a descriptor
 * keeps it open while this waits. Not thread-safe.
 */
public final class PollSet {
  private static final int ENTRY_BYTES = 8;

  /** Error, hang-up, not open: they come whether asked for or not. */
  private static final int BROKEN = 0x8 | 0x10 | 0x20;

  private final MemorySegment entries;
  private int count;

  /**
   * Makes one without descriptors.
   *
   * @param arena outlives it
   */
  public PollSet(Arena arena, int most) {
    entries = arena.allocate((long) most * ENTRY_BYTES, ENTRY_BYTES);
  }

  /** Forgets all descriptors. */
  public void clear() {
    count = 0;
  }

  /** Adds a descriptor that is waited for until something can be read, or its peer has ended. */
  public int addInput(int descriptor) {
    return add(descriptor, SocketCalls.POLLIN | SocketCalls.POLLRDHUP);
  }

  /** Adds a socket that is waited for until its peer has ended, whatever it may send. */
  public int addEnd(int descriptor) {
    return add(descriptor, SocketCalls.POLLRDHUP);
  }

  private int add(int descriptor, int events) {
    MemorySegment entry = entries.asSlice((long) count * ENTRY_BYTES, ENTRY_BYTES);
    entry.set(ValueLayout.JAVA_INT, 0, descriptor);
    entry.set(ValueLayout.JAVA_SHORT, 4, (short) events);
    entry.set(ValueLayout.JAVA_SHORT, 6, (short) 0);
    return count++;
  }

  /**
   * Waits.
   *
   * @param millis at most; -1 for ever
   * @return false if the time is over, or a signal came
   */
  public boolean await(int millis) throws LinuxException {
    int ready = SocketCalls.poll(entries.asSlice(0, (long) count * ENTRY_BYTES), millis);
    if (ready == -LinuxCalls.EINTR) {
      for (int i = 0; i < count; i++) {
        entries.set(ValueLayout.JAVA_SHORT, (long) i * ENTRY_BYTES + 6, (short) 0);
      }
      return false;
    }
    return LinuxException.check("poll", ready) > 0;
  }

  /** Tells whether the last wait found anything at a descriptor. */
  public boolean isReady(int index) {
    return events(index) != 0;
  }

  /** Tells whether there is something to read. */
  public boolean hasInput(int index) {
    return (events(index) & SocketCalls.POLLIN) != 0;
  }

  /** Tells whether its peer has ended, or it is broken. */
  public boolean hasEnded(int index) {
    return (events(index) & (SocketCalls.POLLRDHUP | BROKEN)) != 0;
  }

  private int events(int index) {
    return entries.get(ValueLayout.JAVA_SHORT, (long) index * ENTRY_BYTES + 6);
  }
}

package dev.cairn.tools.uffd;

import dev.cairn.tools.linux.LinuxException;
import dev.cairn.tools.linux.UserFault;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the two threads of a VM share: its memory as it is known here. Thread-safe; messages are
 * read by one thread only.
 *
 * <p>Reading messages excludes giving pages ahead: else a page that was looked at before a remove
 * was read would be given behind it.
 */
final class VmMemory {
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private final Mappings mappings;
  private final VmRecord record;
  private final VmTally tally;
  private final ReentrantLock giving = new ReentrantLock(true);
  private int lastRead;
  private volatile int waiting; // written by who reads messages
  private volatile long lastFault;
  private volatile boolean stopped;

  VmMemory(Mappings mappings, VmRecord record, VmTally tally) {
    this.mappings = mappings;
    this.record = record;
    this.tally = tally;
  }

  Mappings mappings() {
    return mappings;
  }

  VmRecord record() {
    return record;
  }

  VmTally tally() {
    return tally;
  }

  /** Held while a page is looked at and given ahead. */
  ReentrantLock giving() {
    return giving;
  }

  /** Says how many faults wait: nothing is given ahead then. */
  void waiting(int count) {
    waiting = count;
  }

  boolean hasWaiting() {
    return waiting > 0;
  }

  void touched(long unit) {
    lastFault = unit;
  }

  /** Returns the unit that was touched last. */
  long lastTouched() {
    return lastFault;
  }

  void stop() {
    stopped = true;
  }

  boolean isStopped() {
    return stopped;
  }

  /** Applies the messages that a server which died had read. */
  void replay() {
    lastRead = VmRecord.MOST_MESSAGES;
    giving.lock();
    try {
      applyRemoves(lastRead);
    } finally {
      giving.unlock();
    }
  }

  /**
   * Reads messages and applies the removes among them, before anybody sees the faults.
   *
   * @return how many there are
   */
  int read(UserFault fault) throws LinuxException {
    waiting = Math.max(1, waiting); // whoever gives ahead lets go
    giving.lock();
    try {
      MemorySegment room = record.messages();
      // Whoever finds this record must not take old messages for those of the next read.
      room.asSlice(0, (long) lastRead * UserFault.MESSAGE_BYTES).fill((byte) 0);
      lastRead = fault.read(room);
      applyRemoves(lastRead);
      return lastRead;
    } finally {
      giving.unlock();
    }
  }

  /** Returns a message that was read last. */
  MemorySegment message(int index) {
    return record
        .messages()
        .asSlice((long) index * UserFault.MESSAGE_BYTES, UserFault.MESSAGE_BYTES);
  }

  private void applyRemoves(int count) {
    for (int i = 0; i < count; i++) {
      MemorySegment message = message(i);
      byte event = message.get(BYTE, 0);
      if (event == UserFault.EVENT_REMOVE || event == UserFault.EVENT_UNMAP) {
        remove(message.get(LONG, UserFault.AT_START), message.get(LONG, UserFault.AT_END));
      }
    }
  }

  /** A unit is removed if all of it is. */
  private void remove(long start, long end) {
    for (Mapping region : mappings.all()) {
      long from = Math.max(start, region.address()) - region.address();
      long to = Math.min(end, region.end()) - region.address();
      if (from < to) {
        long first = (from + region.unitBytes() - 1) / region.unitBytes();
        long behind = to / region.unitBytes();
        if (first < behind) {
          tally.removed(record.remove(region.firstUnit() + first, region.firstUnit() + behind));
        }
      }
    }
  }

  /** Has all who wait try again: their faults may have been read by somebody who forgot them. */
  void wakeAll(UserFault fault) throws LinuxException {
    for (Mapping region : mappings.all()) {
      fault.wake(region.address(), region.lengthBytes());
    }
  }
}

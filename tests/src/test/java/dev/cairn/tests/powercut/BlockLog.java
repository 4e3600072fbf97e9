package dev.cairn.tests.powercut;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A disk in memory, and every write and flush that it was given, in order. Safe for use by several
 * threads.
 */
final class BlockLog {
  /** What a disk is asked to do. */
  sealed interface Request {
    /** Bytes at an offset of the disk. */
    record Write(int offset, MemorySegment data) implements Request {
      int length() {
        return (int) data.byteSize();
      }
    }

    /** Everything written before is durable once this is answered. */
    record Flush() implements Request {}
  }

  private final byte[] before;
  private final byte[] now;
  private final List<Request> requests = new ArrayList<>();

  /**
   * Makes a disk.
   *
   * @param image what is on it when the log begins
   */
  BlockLog(byte[] image) {
    this.before = image.clone();
    this.now = image.clone();
  }

  /** Returns how many bytes the disk holds. */
  int lengthBytes() {
    return now.length;
  }

  /** Returns how many requests there were so far. */
  synchronized int size() {
    return requests.size();
  }

  /** Returns the requests so far. */
  synchronized List<Request> requests() {
    return List.copyOf(requests);
  }

  /** Returns what was on the disk when the log began. */
  byte[] before() {
    return before.clone();
  }

  /** Returns fewer bytes than were asked for at the end of the disk. */
  synchronized byte[] read(long offset, int length) {
    int from = (int) Math.min(offset, now.length);
    byte[] bytes = new byte[Math.min(length, now.length - from)];
    System.arraycopy(now, from, bytes, 0, bytes.length);
    return bytes;
  }

  synchronized void write(long offset, byte[] bytes) {
    int at = Math.toIntExact(offset);
    System.arraycopy(bytes, 0, now, at, bytes.length);
    requests.add(new Request.Write(at, MemorySegment.ofArray(bytes)));
  }

  synchronized void flush() {
    requests.add(new Request.Flush());
  }
}

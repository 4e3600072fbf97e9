package dev.cairn.transport.rdma;

/**
 * The bytes of the stream that have come or are being read, in order. Not thread-safe: under the
 * stream's lock. There are never more than buffers and stages, so places are made once.
 */
final class RdmaArrivals {
  /** A run of bytes. */
  static final class Run {
    private boolean landing;
    private int index;
    private int length;
    private int taken;
    private boolean ready;

    /** Tells whether it lies in a landing, else in a buffer of messages. */
    boolean isLanding() {
      return landing;
    }

    int index() {
      return index;
    }

    /** Returns how many bytes are left. */
    int left() {
      return length - taken;
    }

    int taken() {
      return taken;
    }

    void take(int count) {
      taken += count;
    }
  }

  private final Run[] runs = new Run[RdmaFormat.BUFFERS + RdmaFormat.STAGES];
  private int head;
  private int count;

  RdmaArrivals() {
    for (int i = 0; i < runs.length; i++) {
      runs[i] = new Run();
    }
  }

  /** Bytes have come in a buffer. */
  void addBytes(int buffer, int length) {
    Run run = add(buffer, length);
    run.landing = false;
    run.ready = true;
  }

  /** Bytes are being read into a landing. */
  void addLanding(int landing, int length) {
    Run run = add(landing, length);
    run.landing = true;
    run.ready = false;
  }

  private Run add(int index, int length) {
    if (count == runs.length) {
      throw new IllegalStateException("more runs than buffers and stages");
    }
    Run run = runs[(head + count++) % runs.length];
    run.index = index;
    run.length = length;
    run.taken = 0;
    return run;
  }

  /** A landing has been read. */
  void landed(int landing) {
    for (int i = 0; i < count; i++) {
      Run run = runs[(head + i) % runs.length];
      if (run.landing && run.index == landing) {
        run.ready = true;
      }
    }
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Tells whether the next run is here. */
  boolean isReady() {
    return count > 0 && runs[head].ready;
  }

  /** Returns the next run; the reader's until it is removed. */
  Run first() {
    return runs[head];
  }

  void removeFirst() {
    head = (head + 1) % runs.length;
    count--;
  }
}

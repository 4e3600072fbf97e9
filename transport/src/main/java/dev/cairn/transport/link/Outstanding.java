package dev.cairn.transport.link;

import dev.cairn.store.BadInputException;
import dev.cairn.transport.wire.FrameType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What this side has asked on a link and has no answer to yet. Thread-safe; answers are given by
 * the reader alone. Its places are made once, and used again: a request's number is that of its
 * place, counted from 1.
 */
final class Outstanding {
  private static final MemorySegment NONE = MemorySegment.NULL;

  /** One request. Its fields are set before it is sent, and then of the reader. */
  static final class Ask {
    private FrameType answer = FrameType.DATA;
    private @Nullable Outcome outcome;
    private MemorySegment into = NONE;
    private MemorySegment entries = NONE;
    private int count;

    /** How many bytes of the stream have come. */
    private long got;

    /** How many there are, once that is known. */
    private long all;

    private long least;
    private boolean begun;

    FrameType answer() {
      return answer;
    }

    MemorySegment into() {
      return into;
    }

    MemorySegment entries() {
      return entries;
    }

    /** Returns how many pages were asked for. */
    int count() {
      return count;
    }

    long got() {
      return got;
    }

    /** The stream has so many bytes. */
    void expect(long bytes) {
      expectUpTo(bytes, 0);
    }

    /** The stream has bytes of that length, and some more. */
    void expectUpTo(long bytes, long more) {
      least = bytes;
      all = bytes + more;
    }

    /**
     * More of the stream comes.
     *
     * @throws BadInputException if it is too much, or too little is left
     */
    void add(int bytes, boolean more) throws BadInputException {
      got += bytes;
      if (more ? got >= all : got > all || got < least) {
        throw new BadInputException(
            "%s: expected a stream of %d bytes, found %s%d"
                .formatted(answer, all, more ? "more than " : "", got));
      }
    }

    /** Tells whether nothing of the answer has come, and notes that something has. */
    boolean begin() {
      boolean first = !begun;
      begun = true;
      return first;
    }

    /** Returns who takes the answer; of neither FETCH nor PAGES. */
    Answer taker() {
      if (outcome instanceof Answer taker) {
        return taker;
      }
      throw new IllegalStateException("takes no messages");
    }
  }

  private final String link;
  private final Semaphore room;
  private final ReentrantLock lock = new ReentrantLock();
  private final Ask[] asks;
  private final int[] free;
  private int freeCount;
  private @Nullable LinkLostException lost;

  Outstanding(String link, int most) {
    this.link = link;
    room = new Semaphore(most);
    asks = new Ask[most];
    free = new int[most];
    for (int i = 0; i < most; i++) {
      asks[i] = new Ask();
      free[i] = most - 1 - i;
    }
    freeCount = most;
  }

  int room() {
    return Math.max(0, Math.min(asks.length, room.availablePermits()));
  }

  /** Takes a place for a request; waits for one. From now on it has an outcome. */
  int register(
      FrameType answer, Outcome outcome, MemorySegment into, MemorySegment entries, int count)
      throws LinkLostException {
    room.acquireUninterruptibly();
    lock.lock();
    try {
      LinkLostException why = lost;
      if (why != null) {
        room.release();
        throw new LinkLostException(String.valueOf(why.getMessage()), why);
      }
      int place = free[--freeCount];
      Ask ask = asks[place];
      ask.answer = answer;
      ask.outcome = outcome;
      ask.into = into;
      ask.entries = entries;
      ask.count = count;
      ask.got = 0;
      ask.all = 0;
      ask.least = 0;
      ask.begun = false;
      return place + 1;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns the request that a frame answers.
   *
   * @throws BadInputException if there is none, or it has another answer
   */
  Ask of(int request, FrameType type) throws BadInputException {
    if (request >= 1 && request <= asks.length) {
      Ask ask = asks[request - 1];
      lock.lock(); // publishes what the asker has set
      try {
        if (ask.outcome != null && (ask.answer == type || type == FrameType.ERROR)) {
          return ask;
        }
      } finally {
        lock.unlock();
      }
    }
    throw new BadInputException(
        "%s: request %s: expected none to be outstanding, found %s for it"
            .formatted(link, Integer.toUnsignedString(request), type));
  }

  /** The answer is whole. */
  void done(int request) {
    leave(request).done();
  }

  void failed(int request, IOException why) {
    leave(request).failed(why);
  }

  private Outcome leave(int request) {
    Outcome outcome;
    lock.lock();
    try {
      outcome = forget(asks[request - 1]);
      free[freeCount++] = request - 1;
    } finally {
      lock.unlock();
    }
    room.release();
    return outcome;
  }

  private static Outcome forget(Ask ask) {
    Outcome outcome = ask.outcome;
    if (outcome == null) {
      throw new IllegalStateException("not outstanding");
    }
    ask.outcome = null;
    ask.into = NONE;
    ask.entries = NONE;
    return outcome;
  }

  /** Wakes who waits for room, and lets nobody in any more. */
  void end(LinkLostException why) {
    lock.lock();
    try {
      if (lost == null) {
        lost = why;
      }
    } finally {
      lock.unlock();
    }
    room.release(1 << 20); // each who comes gives its own back
  }

  /** Tells all that there is no answer. For the reader, when it has ended: it lends no memory. */
  void failAll(LinkLostException why) {
    end(why);
    for (Ask ask : asks) {
      Outcome outcome = null;
      lock.lock();
      try {
        if (ask.outcome != null) {
          outcome = forget(ask);
        }
      } finally {
        lock.unlock();
      }
      if (outcome != null) {
        outcome.failed(why);
      }
    }
  }
}

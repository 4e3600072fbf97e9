package dev.cairn.transport.link;

import dev.cairn.store.BadInputException;
import dev.cairn.transport.rdma.RemoteMemory;
import dev.cairn.transport.rdma.RemoteMemory.Offered;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The windows that a peer reads on one link: how many are wanted and given, and which registration
 * each is. Thread-safe. What is left at the link's end goes with its connection.
 */
final class WindowOffers {
  /** A peer that keeps one for longer has no more use for it. */
  static final Duration MOST_TIME = Duration.ofMinutes(5);

  private final RemoteMemory memory;
  private final LinkWindows.Timer timer;
  private final Consumer<Message.Failure> end;
  private final ReentrantLock lock = new ReentrantLock();

  // All of these are guarded by the lock.
  private final Map<Integer, Offered> given = new HashMap<>();
  private int wanted;
  private int last;

  /**
   * Makes one.
   *
   * @param end ends the link
   */
  WindowOffers(RemoteMemory memory, LinkWindows.Timer timer, Consumer<Message.Failure> end) {
    this.memory = memory;
    this.timer = timer;
    this.end = end;
  }

  /** The peer wants one. */
  void want() throws BadInputException {
    lock.lock();
    try {
      if (wanted + given.size() == WindowReader.MOST) {
        throw new BadInputException(
            "expected at most " + WindowReader.MOST + " windows, found one more");
      }
      wanted++;
    } finally {
      lock.unlock();
    }
  }

  /** It is refused. */
  void refused() {
    lock.lock();
    try {
      wanted--;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Gives it one.
   *
   * @param freed run when the peer cannot read it any more, also when this fails
   * @return what it is told
   * @throws IOException if the memory cannot be registered: the peer still wants it
   */
  Message.WindowIs give(MemorySegment bytes, Runnable freed) throws IOException {
    Offered offered = memory.offer(bytes, freed);
    int number = enter(offered);
    timer.later(() -> late(number, offered), MOST_TIME);
    return new Message.WindowIs(
        number, Math.toIntExact(bytes.byteSize()), offered.key().address(), offered.key().rkey());
  }

  private int enter(Offered offered) {
    lock.lock();
    try {
      do {
        last++;
      } while (given.containsKey(last));
      given.put(last, offered);
      wanted--;
      return last;
    } finally {
      lock.unlock();
    }
  }

  private void late(int number, Offered offered) {
    boolean still;
    lock.lock();
    try {
      still = given.get(number) == offered;
    } finally {
      lock.unlock();
    }
    if (still) {
      end.accept(
          Failures.of(
              ErrorCode.TOO_MUCH,
              "a window",
              "WINDOW_DONE within " + MOST_TIME.toMinutes() + " minutes",
              "none"));
    }
  }

  /** The peer is done with one. */
  void done(int number) throws BadInputException {
    Offered offered;
    lock.lock();
    try {
      offered = given.remove(number);
    } finally {
      lock.unlock();
    }
    if (offered == null) {
      throw new BadInputException(
          "WINDOW_DONE: expected a window that is given, found "
              + Integer.toUnsignedString(number));
    }
    offered.close();
  }
}

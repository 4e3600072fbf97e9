package dev.cairn.transport.link;

import dev.cairn.store.BadInputException;
import dev.cairn.transport.rdma.RemoteMemory;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The stretches of files that this side reads where they lie in the source's memory: which are
 * wanted and given, and who reads in them (transport/PROTOCOL.md, Windows of files). Thread-safe.
 * Answers come by the link's reader and outcomes by the connection's own thread, and neither waits
 * here: what has to be sent then is sent by a thread of its own.
 */
final class WindowReader {
  /** Wanted and given at once. */
  static final int MOST = 4;

  /** After 13 no window is wanted for so much, bytes; at most. */
  private static final long MOST_REST = 16L << 30;

  /** A source that has not answered WINDOW by then will not. */
  private static final Duration MOST_WAIT = Duration.ofSeconds(30);

  /** What a window's READs are counted by. */
  private static final int PIECE = Message.MOST_FETCH;

  /** One window. Its fields are guarded by the lock. */
  private static final class Window {
    final long file;
    final long offset;
    int length;
    int number;
    long address;
    int rkey;
    boolean given;

    /** Nothing new is read in it. */
    boolean retired;

    /** READs under way, and those that wait. */
    int reads;

    final List<Read> waiting = new ArrayList<>();
    final BitSet seen = new BitSet();

    Window(long file, long offset, int length) {
      this.file = file;
      this.offset = offset;
      this.length = length;
    }

    boolean holds(long of, long from, long bytes) {
      return file == of && from >= offset && from + bytes <= offset + length;
    }
  }

  private record Read(long file, long offset, MemorySegment into, Outcome outcome) {}

  private final RemoteMemory memory;
  private final LinkWindows.Frames frames;
  private final LinkWindows.Timer timer;
  private final Semaphore room = new Semaphore(RemoteMemory.MOST_READS);
  private final ReentrantLock lock = new ReentrantLock();

  // All of these are guarded by the lock.
  private final List<Window> windows = new ArrayList<>();
  private long rest;
  private long nextRest = Message.MOST_WINDOW;

  WindowReader(RemoteMemory memory, LinkWindows.Frames frames, LinkWindows.Timer timer) {
    this.memory = memory;
    this.frames = frames;
    this.timer = timer;
  }

  /** Wants a window, and lets go those before the last one. */
  void expect(long file, long offset, int length) throws LinkLostException {
    Window wanted = null;
    List<Window> idle = new ArrayList<>();
    lock.lock();
    try {
      for (int i = 0; i < windows.size() - 1; i++) {
        Window window = windows.get(i);
        if (!window.retired) {
          window.retired = true;
          if (window.given && window.reads == 0) {
            idle.add(window);
          }
        }
      }
      if (rest > 0) {
        rest -= length;
      } else if (windows.size() - idle.size() < MOST) {
        wanted = new Window(file, offset, length);
        windows.add(wanted);
      }
    } finally {
      lock.unlock();
    }
    for (Window window : idle) {
      sayDone(window);
    }
    if (wanted != null) {
      Window asked = wanted;
      frames.ask(new Message.Window(file, offset, length), new Grant(asked));
      timer.later(() -> requireAnswered(asked), MOST_WAIT);
    }
  }

  private void requireAnswered(Window window) {
    boolean answered;
    lock.lock();
    try {
      answered = window.given || !windows.contains(window);
    } finally {
      lock.unlock();
    }
    if (!answered) {
      frames.lose(
          new LinkLostException(
              "the link is lost: expected an answer to WINDOW within %d s, found none"
                  .formatted(MOST_WAIT.toSeconds())));
    }
  }

  private void sayDone(Window window) throws LinkLostException {
    frames.send(new Message.WindowDone(window.number));
    lock.lock();
    try {
      windows.remove(window);
    } finally {
      lock.unlock();
    }
  }

  private void sayDoneBeside(Window window) {
    beside(() -> sayDone(window));
  }

  private interface Saying {
    void say() throws LinkLostException;
  }

  private static void beside(Saying saying) {
    Thread.ofVirtual()
        .name("cairn-windows")
        .start(
            () -> {
              try {
                saying.say();
              } catch (LinkLostException _) {
                // Windows go with the link.
              }
            });
  }

  /**
   * Reads a piece out of a window that is given or wanted; waits while too many READs are under
   * way.
   *
   * @return false if there is none for it: FETCH asks for it
   */
  boolean read(long file, long offset, MemorySegment into, Outcome outcome) {
    if (into.byteSize() > PIECE || !memory.isLent(into)) {
      return false;
    }
    room.acquireUninterruptibly();
    Read read = new Read(file, offset, into, outcome);
    Window in;
    lock.lock();
    try {
      in = find(read);
      if (in != null) {
        in.reads++;
        if (!in.given) {
          in.waiting.add(read);
          return true;
        }
      }
    } finally {
      lock.unlock();
    }
    if (in == null) {
      room.release();
      return false;
    }
    post(in, read);
    return true;
  }

  /** What was read before in a window was wrong there, and is so again. */
  private @Nullable Window find(Read read) {
    for (Window window : windows) {
      if (!window.retired && window.holds(read.file, read.offset, read.into.byteSize())) {
        int piece = (int) ((read.offset - window.offset) / PIECE);
        if (!window.seen.get(piece)) {
          window.seen.set(piece);
          return window;
        }
      }
    }
    return null;
  }

  private void post(Window window, Read read) {
    try {
      memory.read(
          window.address + (read.offset - window.offset),
          window.rkey,
          read.into,
          new RemoteMemory.Outcome() {
            @Override
            public void done() {
              left(window);
              read.outcome.done();
            }

            @Override
            public void failed(IOException why) {
              left(window);
              read.outcome.failed(lost(why));
            }
          });
    } catch (IOException e) {
      left(window);
      frames.lose(e);
      read.outcome.failed(lost(e));
    }
  }

  private static LinkLostException lost(IOException why) {
    return why instanceof LinkLostException known
        ? known
        : new LinkLostException(String.valueOf(why.getMessage()), why);
  }

  private void left(Window window) {
    room.release();
    boolean last;
    lock.lock();
    try {
      window.reads--;
      last = window.retired && window.given && window.reads == 0;
    } finally {
      lock.unlock();
    }
    if (last) {
      sayDoneBeside(window);
    }
  }

  /** What the source answers to WINDOW. */
  private final class Grant implements Answer {
    private final Window window;

    Grant(Window window) {
      this.window = window;
    }

    @Override
    public void head(Message message) throws BadInputException {
      Message.WindowIs is = (Message.WindowIs) message;
      List<Read> within = new ArrayList<>();
      List<Read> beyond = new ArrayList<>();
      boolean idle;
      lock.lock();
      try {
        requireSound(is);
        window.length = is.length();
        window.number = is.number();
        window.address = is.address();
        window.rkey = is.rkey();
        window.given = true;
        rest = 0;
        nextRest = Message.MOST_WINDOW;
        for (Read read : window.waiting) {
          boolean holds = window.holds(read.file, read.offset, read.into.byteSize());
          (holds ? within : beyond).add(read);
        }
        window.waiting.clear();
        idle = window.retired && window.reads == 0;
      } finally {
        lock.unlock();
      }
      within.forEach(read -> post(window, read));
      byFetch(beyond);
      if (idle) {
        sayDoneBeside(window);
      }
    }

    private void requireSound(Message.WindowIs is) throws BadInputException {
      boolean fits =
          is.length() == window.length
              || (is.length() < window.length && is.length() % Message.LEAST_WINDOW == 0);
      if (!fits) {
        throw new BadInputException(
            "WINDOW_IS: expected %d bytes, or less in whole MiB, found %d"
                .formatted(window.length, is.length()));
      }
      if (Long.compareUnsigned(is.address() + is.length(), is.address()) < 0) {
        throw new BadInputException("WINDOW_IS: expected an address that it fits behind");
      }
      Set<Integer> numbers = new HashSet<>();
      windows.stream().filter(each -> each.given).forEach(each -> numbers.add(each.number));
      if (numbers.contains(is.number())) {
        throw new BadInputException(
            "WINDOW_IS: expected a number that is free, found " + is.number());
      }
    }

    /** Not by this thread, which reads the link: FETCH may wait. */
    private void byFetch(List<Read> reads) {
      for (Read read : reads) {
        beside(
            () -> {
              left(window);
              try {
                frames.fetch(read.file, read.offset, read.into, read.outcome);
              } catch (LinkLostException e) {
                read.outcome.failed(e);
              }
            });
      }
    }

    @Override
    public void bytes(MemorySegment bytes) throws BadInputException {
      throw new BadInputException("WINDOW_IS: expected no stream");
    }

    @Override
    public void done() {
      // The head has said it.
    }

    @Override
    public void failed(IOException why) {
      List<Read> waiting;
      lock.lock();
      try {
        windows.remove(window);
        waiting = List.copyOf(window.waiting);
        window.waiting.clear();
        if (why instanceof FailureException refusal && refusal.code() == ErrorCode.TOO_MUCH) {
          rest = nextRest;
          nextRest = Math.min(MOST_REST, 2 * nextRest);
        }
      } finally {
        lock.unlock();
      }
      if (why instanceof FailureException) {
        byFetch(waiting);
      } else {
        for (Read read : waiting) {
          left(window);
          read.outcome.failed(lost(why));
        }
      }
    }
  }
}

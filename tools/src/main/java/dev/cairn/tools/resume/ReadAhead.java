package dev.cairn.tools.resume;

import dev.cairn.tools.memory.MemorySource;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Reads words of pages in a thread of its own while others are being sent, and puts them into the
 * inbox. Used by one sender.
 */
final class ReadAhead implements Closeable {
  /** Words that are under way at once: 256 KiB each. */
  static final int DEPTH = 4;

  private record Task(BulkOrder.Word word, long wanted, MemorySegment into) {
    boolean isEnd() {
      return into.byteSize() == 0;
    }
  }

  private static final Task END = new Task(new BulkOrder.Word(0, 0), 0, MemorySegment.NULL);

  private final MemorySource memory;
  private final Inbox inbox;
  private final Arena arena = Arena.ofShared();
  private final Deque<MemorySegment> free = new ArrayDeque<>();
  private final BlockingQueue<Task> tasks = new ArrayBlockingQueue<>(DEPTH + 1);
  private final Thread thread;

  ReadAhead(MemorySource memory, Inbox inbox) {
    this.memory = memory;
    this.inbox = inbox;
    for (int i = 0; i < DEPTH; i++) {
      free.add(arena.allocate((long) MemorySource.WORD_PAGES * Machine.PAGE, Machine.PAGE));
    }
    thread = Thread.ofPlatform().name("cairn-read-ahead").daemon().start(this::read);
  }

  /** Tells whether there is memory for one more. */
  boolean hasRoom() {
    return !free.isEmpty();
  }

  /** Has pages of a word read. */
  void want(BulkOrder.Word word, long wanted) {
    tasks.add(new Task(word, wanted, free.remove()));
  }

  /** Gets the memory back. */
  void release(Inbox.Loaded loaded) {
    free.add(loaded.pages());
  }

  private void read() {
    try (Arena own = Arena.ofConfined();
        MemorySource.Reader reader = memory.reader(own)) {
      for (Task task = tasks.take(); !task.isEnd(); task = tasks.take()) {
        long present = reader.read(task.word.block(), task.word.page(), task.wanted, task.into);
        inbox.put(new Inbox.Loaded(task.word, task.wanted, present, task.into));
      }
    } catch (IOException e) {
      inbox.end(e);
    } catch (RuntimeException e) {
      inbox.end(new IOException("reading pages", e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    tasks.clear();
    tasks.add(END);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true; // its memory must not go while it reads; a read ends
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    arena.close();
  }
}

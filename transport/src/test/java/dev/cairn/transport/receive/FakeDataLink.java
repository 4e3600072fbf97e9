package dev.cairn.transport.receive;

import dev.cairn.store.io.StoreInput;
import dev.cairn.transport.link.Answer;
import dev.cairn.transport.link.AnswerStream;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.Outcome;
import dev.cairn.transport.wire.Agreement;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** A data link that gives bytes of a file that is here. Thread-safe. */
final class FakeDataLink implements Link {
  /** Bytes that were asked for, or told of. */
  record Asked(long offset, long length) {}

  private final StoreInput input;
  private final int stretch;
  private final ExecutorService answers = Executors.newVirtualThreadPerTaskExecutor();

  // All of these are guarded by this.
  private final List<Asked> asked = new ArrayList<>();
  private final List<Asked> told = new ArrayList<>();
  private final List<Runnable> held = new ArrayList<>();
  private int holdAfter = Integer.MAX_VALUE;
  private int loseAfter = Integer.MAX_VALUE;
  private boolean lent;

  FakeDataLink(StoreInput input, int stretch) {
    this.input = input;
    this.stretch = stretch;
  }

  /** Answers so many, and lets the rest wait. */
  synchronized void hold(int after) {
    holdAfter = after;
  }

  synchronized void loseAfter(int after) {
    loseAfter = after;
  }

  synchronized List<Asked> asked() {
    return List.copyOf(asked);
  }

  synchronized List<Asked> told() {
    return List.copyOf(told);
  }

  synchronized boolean isLent() {
    return lent;
  }

  /** Tells whether bytes lie in what it was told of. */
  synchronized boolean wasTold(Asked of) {
    return told.stream()
        .anyMatch(t -> of.offset >= t.offset && of.offset + of.length <= t.offset + t.length);
  }

  void awaitHeld() throws InterruptedException {
    await(() -> !held.isEmpty());
  }

  void awaitBlocks(int count) throws InterruptedException {
    await(() -> asked.size() >= count);
  }

  private synchronized void await(java.util.function.BooleanSupplier holds)
      throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("never");
      }
      wait(100);
    }
  }

  /** Answers what waits, and all that comes. */
  void release() {
    List<Runnable> all;
    synchronized (this) {
      holdAfter = Integer.MAX_VALUE;
      all = List.copyOf(held);
      held.clear();
    }
    all.forEach(answers::execute);
  }

  @Override
  public void fetch(long file, long offset, MemorySegment into, Outcome outcome)
      throws LinkLostException {
    synchronized (this) {
      if (asked.size() >= loseAfter) {
        throw new LinkLostException("lost");
      }
      asked.add(new Asked(offset, into.byteSize()));
      notifyAll();
      Runnable answer = () -> answer(offset, into, outcome);
      if (asked.size() > holdAfter) {
        held.add(answer);
      } else {
        answers.execute(answer);
      }
    }
  }

  private void answer(long offset, MemorySegment into, Outcome outcome) {
    try {
      input.read(offset, into);
      outcome.done();
    } catch (IOException e) {
      outcome.failed(e);
    }
  }

  @Override
  public int stretch() {
    return stretch;
  }

  @Override
  public synchronized void lend(MemorySegment memory) {
    lent = true;
  }

  @Override
  public synchronized void expect(long file, long offset, int length) {
    told.add(new Asked(offset, length));
  }

  @Override
  public String name() {
    return "fake";
  }

  @Override
  public LinkKind kind() {
    return LinkKind.DATA;
  }

  @Override
  public Agreement agreement() {
    throw new UnsupportedOperationException();
  }

  @Override
  public int room() {
    return 16;
  }

  @Override
  public void fetchPages(
      Message.Pages pages, MemorySegment entries, MemorySegment into, Outcome outcome) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void ask(Message request, Answer answer) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void answer(int request, Message message) {
    throw new UnsupportedOperationException();
  }

  @Override
  public AnswerStream answerStream(int request, Message head) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void answerData(int request, MemorySegment bytes, boolean more) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void answerWindow(int request, MemorySegment bytes, Runnable freed) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void answerPages(int request, MemorySegment entries, MemorySegment bytes) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void fail(int request, Message.Failure failure) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void notice(Message.Progress progress) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void end(Message.Failure why) {}

  @Override
  public void close() {}
}

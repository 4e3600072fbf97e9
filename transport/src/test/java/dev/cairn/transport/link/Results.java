package dev.cairn.transport.link;

import dev.cairn.transport.wire.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** Outcomes as they come. Thread-safe. */
final class Results {
  /**
   * One outcome.
   *
   * @param what {@code done}, or what failed
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Result(Object key, String what, Message head, byte[] bytes) {
    boolean isDone() {
      return what.equals("done");
    }
  }

  private static final Message NONE = new Message.Released();
  final BlockingQueue<Result> results = new LinkedBlockingQueue<>();

  Outcome of(Object key) {
    return new Outcome() {
      @Override
      public void done() {
        results.add(new Result(key, "done", NONE, new byte[0]));
      }

      @Override
      public void failed(IOException why) {
        results.add(
            new Result(
                key, why.getClass().getSimpleName() + " " + why.getMessage(), NONE, new byte[0]));
      }
    };
  }

  Answer answer(Object key) {
    Outcome outcome = of(key);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    return new Answer() {
      private Message head = NONE;

      @Override
      public void head(Message message) {
        head = message;
      }

      @Override
      public void bytes(MemorySegment bytes) {
        all.writeBytes(bytes.toArray(ValueLayout.JAVA_BYTE));
      }

      @Override
      public void done() {
        results.add(new Result(key, "done", head, all.toByteArray()));
      }

      @Override
      public void failed(IOException why) {
        outcome.failed(why);
      }
    };
  }

  Result next() throws InterruptedException {
    return LinkLab.take(results);
  }
}

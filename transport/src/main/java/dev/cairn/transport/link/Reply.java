package dev.cairn.transport.link;

import dev.cairn.transport.wire.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** An answer that is waited for, with the state to come if it has one. For one request. */
public final class Reply {
  private final Message head;
  private final byte[] bytes;

  private Reply(Message head, byte[] bytes) {
    this.head = head;
    this.bytes = bytes;
  }

  /**
   * Asks, and waits for the answer.
   *
   * @throws FailureException if the peer says that it is not done
   * @throws LinkLostException if the link ends first
   */
  public static Reply ask(Link link, Message request) throws IOException {
    Collector collector = new Collector();
    link.ask(request, collector);
    return collector.await(link.name());
  }

  /** Returns what was answered. */
  public Message head() {
    return head;
  }

  /**
   * Returns what was answered, if it is of a kind.
   *
   * @throws IOException if it is not: the peer breaks the protocol
   */
  public <T extends Message> T head(Class<T> kind) throws IOException {
    if (!kind.isInstance(head)) {
      throw new IOException(
          "expected "
              + kind.getSimpleName()
              + " in answer, found "
              + head.getClass().getSimpleName());
    }
    return kind.cast(head);
  }

  /** Returns the bytes behind it; the caller's. */
  public byte[] bytes() {
    return bytes;
  }

  /** Puts an answer together: the state to come is bounded, and nothing else has bytes. */
  private static final class Collector implements Answer {
    private final CountDownLatch over = new CountDownLatch(1);
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private @Nullable Message head;
    private @Nullable IOException failure;
    private long most;

    @Override
    public void head(Message message) {
      head = message;
      most = message instanceof Message.Opened opened ? opened.length() : 0;
    }

    @Override
    public void bytes(MemorySegment more) throws IOException {
      if (more.byteSize() > most - bytes.size()) {
        throw new IOException("expected " + most + " bytes in answer, found more");
      }
      bytes.writeBytes(more.toArray(ValueLayout.JAVA_BYTE));
    }

    @Override
    public void done() {
      over.countDown();
    }

    @Override
    public void failed(IOException why) {
      failure = why;
      over.countDown();
    }

    Reply await(String name) throws IOException {
      try {
        over.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while " + name + " was asked");
      }
      IOException why = failure;
      if (why != null) {
        throw why;
      }
      Message message = head;
      if (message == null) {
        throw new IOException(name + ": an answer without a head");
      }
      return new Reply(message, bytes.toByteArray());
    }
  }
}

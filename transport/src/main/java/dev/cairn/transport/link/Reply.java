package dev.cairn.transport.link;

import dev.cairn.transport.wire.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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

  /**
   * The same, of a peer that has to answer soon: to say PING is not enough.
   *
   * @param quiet how long nothing of the answer may come; it may take twice as long until that is
   *     known
   * @throws SocketTimeoutException if nothing of it came
   */
  public static Reply ask(Link link, Message request, Duration quiet) throws IOException {
    Collector collector = new Collector();
    link.ask(request, collector);
    return collector.await(link.name(), quiet);
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
    private final AtomicInteger frames = new AtomicInteger();
    private @Nullable IOException failure;
    private long most;

    @Override
    public void head(Message message) {
      frames.incrementAndGet();
      head = message;
      most = message instanceof Message.Opened opened ? opened.length() : 0;
    }

    @Override
    public void bytes(MemorySegment more) throws IOException {
      frames.incrementAndGet();
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

    Reply await(String name, Duration quiet) throws IOException {
      try {
        int before = 0;
        while (!over.await(quiet.toNanos(), TimeUnit.NANOSECONDS)) {
          int now = frames.get();
          if (now == before) {
            throw new SocketTimeoutException(
                name + ": expected an answer within " + quiet.toSeconds() + " s, found none");
          }
          before = now;
        }
      } catch (InterruptedException e) {
        throw interrupted(name);
      }
      return answer(name);
    }

    Reply await(String name) throws IOException {
      try {
        over.await();
      } catch (InterruptedException e) {
        throw interrupted(name);
      }
      return answer(name);
    }

    private static InterruptedIOException interrupted(String name) {
      Thread.currentThread().interrupt();
      return new InterruptedIOException("interrupted while " + name + " was asked");
    }

    private Reply answer(String name) throws IOException {
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

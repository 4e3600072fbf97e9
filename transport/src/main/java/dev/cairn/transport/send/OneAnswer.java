package dev.cairn.transport.send;

import dev.cairn.transport.link.Answer;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Waits for an answer that is one message. For one request. */
public final class OneAnswer implements Answer {
  private final CompletableFuture<@Nullable Message> outcome = new CompletableFuture<>();
  private volatile @Nullable Message head;

  private OneAnswer() {}

  /**
   * Asks, and waits for the answer.
   *
   * @throws FailureException if the peer says that it is not done
   * @throws LinkLostException if the link ends first
   */
  public static Message ask(Link link, Message request) throws IOException {
    OneAnswer answer = new OneAnswer();
    link.ask(request, answer);
    return answer.await();
  }

  @Override
  public void head(Message message) {
    head = message;
  }

  @Override
  public void bytes(MemorySegment bytes) throws IOException {
    throw new IOException("bytes behind an answer that has none");
  }

  @Override
  public void done() {
    outcome.complete(head);
  }

  @Override
  public void failed(IOException why) {
    outcome.completeExceptionally(why);
  }

  private Message await() throws IOException {
    try {
      Message message = outcome.get();
      if (message == null) {
        throw new IOException("an answer without a head");
      }
      return message;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case FailureException told -> throw told;
        case LinkLostException lost -> throw lost;
        case null, default -> throw new IOException(e.getCause());
      }
    }
  }
}

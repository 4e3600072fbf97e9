package dev.cairn.transport.receive;

import dev.cairn.store.Id;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkGroup;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.Role;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one source of a pull at hand: connects, has it hold the point, fetches over its data links,
 * and connects again when it is lost. {@link #connect} and {@link #keep} are for one thread.
 */
final class SourceKeeper implements Closeable {
  private final String uri;
  private final Endpoint endpoint;
  private final Pull.Client client;
  private final ReceiveListener listener;
  private final FetchThreads fetching = new FetchThreads();
  private volatile @Nullable Connected connected;
  private volatile @Nullable Thread keeping;
  private volatile boolean closed;

  SourceKeeper(String uri, Endpoint endpoint, Pull.Client client, ReceiveListener listener) {
    this.uri = uri;
    this.endpoint = endpoint;
    this.client = client;
    this.listener = listener;
  }

  String uri() {
    return uri;
  }

  /** One session. Thread-safe. */
  private final class Connected implements LinkGroup.Events {
    final CountDownLatch lost = new CountDownLatch(1);

    /** What it is fetched for, once it holds the point. */
    final CompletableFuture<FetchThreads.Purpose> purpose = new CompletableFuture<>();

    volatile @Nullable LinkGroup group;

    @Override
    public Requests ready(Link link) {
      if (link.kind() == LinkKind.DATA) {
        fetching.start(link, purpose);
      }
      return new NoRequests();
    }

    @Override
    public void lost(LinkLostException why) {
      purpose.completeExceptionally(why);
      lost.countDown();
    }
  }

  /** A source of a pull asks nothing. */
  private static final class NoRequests implements Requests {
    private static FailureException refusal() {
      return new FailureException(
          new Message.Failure(ErrorCode.CANNOT_BE, "a request of a source", "none", "one", ""));
    }

    @Override
    public void fetch(int request, long file, long offset, int length) throws IOException {
      throw refusal();
    }

    @Override
    public void pages(int request, Id checkpoint, int block, long page, int count)
        throws IOException {
      throw refusal();
    }

    @Override
    public void other(int request, Message message) throws IOException {
      throw refusal();
    }
  }

  /** Connects, if it is not. */
  void connect() throws IOException {
    Connected now = connected;
    if (now != null && now.lost.getCount() > 0) {
      return;
    }
    Connected next = new Connected();
    next.group = LinkGroup.open(endpoint, Role.PULL, client.links(), client.client(), next);
    connected = next;
    if (closed) {
      disconnect();
      throw new IOException(uri + ": closed");
    }
  }

  /** Returns the way to ask; it is connected. */
  ControlLink control() throws IOException {
    Connected now = connected;
    LinkGroup group = now == null ? null : now.group;
    if (group == null) {
      throw new IOException(uri + " is not connected");
    }
    return new ControlLink(group.control());
  }

  boolean isConnected() {
    return connected != null;
  }

  void disconnect() {
    Connected now = connected;
    connected = null;
    if (now != null) {
      now.purpose.completeExceptionally(new IOException(uri + ": disconnected"));
      LinkGroup group = now.group;
      if (group != null) {
        group.close();
      }
    }
  }

  /**
   * Fetches from now on, again and again if need be, by a thread of its own.
   *
   * @param into what it is all for
   */
  void keep(Reception into, Sources sources, boolean holds) {
    keeping =
        Thread.ofVirtual().name("cairn-source " + uri).start(() -> keepAll(into, sources, holds));
  }

  private void keepAll(Reception into, Sources sources, boolean holdsAtFirst) {
    boolean holds = holdsAtFirst;
    Duration wait = Pull.firstWait();
    while (!closed) {
      String why;
      try {
        connect();
        serve(into, sources, holds);
        wait = Pull.firstWait();
        why = "the link is lost";
      } catch (IOException e) {
        why = String.valueOf(e.getMessage());
        if (!closed && Pull.isFinal(e)) {
          listener.lost(uri, why);
          sources.gone(uri, e);
          disconnect();
          return;
        }
      } catch (InterruptedException e) {
        break;
      }
      holds = false;
      sources.lost(uri);
      disconnect();
      if (!closed) {
        listener.lost(uri, why);
        if (!pause(wait)) {
          break;
        }
        wait = Pull.longer(wait);
      }
    }
  }

  private void serve(Reception into, Sources sources, boolean holds)
      throws IOException, InterruptedException {
    Connected now = connected;
    if (now == null) {
      throw new InterruptedIOException(uri + ": closed");
    }
    Fetcher.Reach reach = holds ? Reception.everything() : into.greet(control(), uri);
    reach.onLacking((file, why) -> sources.lacking(file, into.fileName(file), why));
    sources.running(uri, reach);
    listener.running(uri);
    now.purpose.complete(new FetchThreads.Purpose(into, reach));
    now.lost.await();
  }

  private static boolean pause(Duration wait) {
    try {
      Thread.sleep(wait);
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  /** Has the source let its hold go, if it is there; tried once. */
  void release(Reception of) {
    try {
      String token = of.hold(uri).orElse(null);
      if (token != null) {
        control().release(token, of.sourceChain());
      }
    } catch (IOException e) {
      // It ends by its time.
    }
  }

  /** Ends it; nothing is fetched any more when this returns. */
  @Override
  public void close() {
    closed = true;
    disconnect();
    Thread keeper = keeping;
    if (keeper != null) {
      keeper.interrupt();
      FetchThreads.join(keeper);
    }
    fetching.close();
  }
}

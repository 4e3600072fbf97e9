package dev.cairn.transport.receive;

import dev.cairn.transport.link.Backoff;
import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkGroup;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.wire.LinkKind;
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
  private final LinkSettings links;
  private final ClientSettings client;
  private final ReceiveListener listener;
  private final FetchThreads fetching;
  private volatile @Nullable Connected connected;
  private volatile @Nullable Thread keeping;
  private volatile boolean closed;

  SourceKeeper(String uri, LinkSettings links, ClientSettings client, ReceiveListener listener) {
    this.uri = uri;
    this.endpoint = Endpoint.parse(uri);
    this.links = links;
    fetching = new FetchThreads(links::help);
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
      return Requests.none(); // a source of a pull asks nothing
    }

    @Override
    public void lost(LinkLostException why) {
      purpose.completeExceptionally(why);
      lost.countDown();
    }
  }

  /** Connects, if it is not. */
  void connect() throws IOException {
    Connected now = connected;
    if (now != null && now.lost.getCount() > 0) {
      return;
    }
    Connected next = new Connected();
    next.group = LinkGroup.open(endpoint, Role.PULL, links, client, next);
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
    keeping = links.help("cairn-source " + uri, () -> keepAll(into, sources, holds));
  }

  private void keepAll(Reception into, Sources sources, boolean holdsAtFirst) {
    boolean holds = holdsAtFirst;
    Backoff waits = new Backoff();
    while (!closed) {
      String why;
      try {
        connect();
        sources.greeting();
        serve(into, sources, holds);
        waits.reset();
        why = "the link is lost";
      } catch (IOException e) {
        why = String.valueOf(e.getMessage());
        if (!closed && Pull.isFinal(e) && sources.leave(uri, e)) {
          listener.lost(uri, why);
          disconnect();
          return;
        }
      } catch (InterruptedException e) {
        break;
      }
      holds = false;
      sources.lost(uri);
      into.lost(uri);
      disconnect();
      if (!closed) {
        listener.lost(uri, why);
        if (!pause(waits.next())) {
          break;
        }
      }
    }
  }

  private void serve(Reception into, Sources sources, boolean holds)
      throws IOException, InterruptedException {
    Connected now = connected;
    if (now == null) {
      throw new InterruptedIOException(uri + ": closed");
    }
    Fetcher.Reach reach = holds ? Fetcher.Reach.everything() : into.holding().greet(control(), uri);
    reach.onLacking((file, why) -> into.lacking(uri, file, why));
    sources.running(uri, reach);
    listener.running(uri);
    LinkGroup group = now.group;
    if (group != null) {
      into.running(uri, group::urgent);
    }
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

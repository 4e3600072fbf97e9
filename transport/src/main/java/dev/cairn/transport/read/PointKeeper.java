package dev.cairn.transport.read;

import dev.cairn.store.BadInputException;
import dev.cairn.transport.link.Backoff;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkGroup;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.Reply;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.Role;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a session with who answers for a point: connects, makes sure that it is that point, and
 * connects again when it is lost. {@link #connect} and {@link #keep} come first, by one thread.
 */
final class PointKeeper implements Closeable {
  private static final long LOOK_SECONDS = 2;

  private final Endpoint endpoint;
  private final String chain;
  private final ReadSettings settings;
  private final ReadEvents events;
  private final CountDownLatch closed = new CountDownLatch(1);
  private @Nullable Session session; // guarded by this
  private @Nullable Thread thread;

  PointKeeper(Endpoint endpoint, String chain, ReadSettings settings, ReadEvents events) {
    this.endpoint = endpoint;
    this.chain = chain;
    this.settings = settings;
    this.events = events;
  }

  /** One session. Its links are told of to who asks as soon as the point is known to be there. */
  private static final class Session implements LinkGroup.Events {
    final CountDownLatch lost = new CountDownLatch(1);
    private final List<Link> ready = new ArrayList<>();
    private @Nullable PageRequests requests;
    private volatile @Nullable LinkGroup group;
    private volatile String why = "";

    @Override
    public Requests ready(Link link) {
      if (link.kind() == LinkKind.CONTROL) {
        return Requests.none();
      }
      PageRequests asks;
      synchronized (this) {
        ready.add(link);
        asks = requests;
      }
      if (asks != null) {
        asks.add(link);
      }
      return new Requests() {
        @Override
        public void lost(LinkLostException reason) {
          gone(link);
        }
      };
    }

    private void gone(Link link) {
      PageRequests asks;
      synchronized (this) {
        ready.remove(link);
        asks = requests;
      }
      if (asks != null) {
        asks.remove(link);
      }
    }

    /** Its links can be asked from now on. */
    void admit(PageRequests asks) {
      List<Link> now;
      synchronized (this) {
        requests = asks;
        now = List.copyOf(ready);
      }
      now.forEach(asks::add);
    }

    @Override
    public void lost(LinkLostException reason) {
      why = String.valueOf(reason.getMessage());
      lost.countDown();
    }

    void close() {
      LinkGroup open = group;
      if (open != null) {
        open.close();
      }
    }
  }

  /**
   * Connects for the first time.
   *
   * @param point as it is typed behind the at sign
   */
  RemoteFacts connect(boolean byId, String point) throws IOException {
    Session made = open();
    boolean done = false;
    try {
      Link control = control(made);
      Message.Seen seen = look(control, new Message.Look(byId, chain, point));
      RemoteFacts facts = PointTaker.ask(control, seen);
      done = true;
      return facts;
    } finally {
      if (!done) {
        made.close();
      }
    }
  }

  private Session open() throws IOException {
    Session made = new Session();
    made.group = LinkGroup.open(endpoint, Role.PULL, settings.links(), settings.client(), made);
    synchronized (this) {
      session = made;
    }
    if (closed.getCount() == 0) {
      made.close(); // close may have come before there was anything to be closed
      throw new IOException(endpoint + ": closed");
    }
    return made;
  }

  private static Link control(Session made) throws IOException {
    LinkGroup group = made.group;
    if (group == null) {
      throw new IOException("not connected");
    }
    return group.control();
  }

  private static Message.Seen look(Link control, Message.Look look) throws IOException {
    return Reply.ask(control, look).head(Message.Seen.class);
  }

  /** Begins to ask, and keeps that possible by a thread of its own. */
  void keep(RemoteFacts facts, PageRequests requests) {
    Session first;
    synchronized (this) {
      first = session;
    }
    if (first == null) {
      throw new IllegalStateException("not connected");
    }
    first.admit(requests);
    thread =
        Thread.ofVirtual()
            .name("cairn-point-keeper")
            .start(
                () -> {
                  try {
                    keep(first, facts, requests);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
  }

  private void keep(Session first, RemoteFacts facts, PageRequests requests)
      throws InterruptedException {
    Session now = first;
    while (true) {
      while (!now.lost.await(LOOK_SECONDS, TimeUnit.SECONDS)) {
        if (closed.getCount() > 0 && events.isElsewhere()) {
          now.close(); // who answers need not stay for this one
          return;
        }
      }
      if (closed.getCount() == 0) {
        return;
      }
      events.lost(now.why);
      Session next = again(facts);
      if (next == null) {
        return;
      }
      events.back();
      next.admit(requests);
      now = next;
    }
  }

  /** Connects again; null if nobody needs that any more. */
  private @Nullable Session again(RemoteFacts facts) throws InterruptedException {
    Backoff waits = new Backoff();
    while (closed.getCount() > 0 && !events.isElsewhere()) {
      try {
        return greet(facts);
      } catch (IOException e) {
        settings.links().events().refused(endpoint.toString(), e);
      }
      if (closed.await(waits.next().toNanos(), TimeUnit.NANOSECONDS)) {
        return null;
      }
    }
    return null;
  }

  private Session greet(RemoteFacts facts) throws IOException {
    Session made = open();
    boolean done = false;
    try {
      Message.Seen seen = look(control(made), new Message.Look(true, chain, facts.id().toString()));
      if (!seen.checkpoint().equals(facts.id()) || seen.pageSize() != facts.layout().pageSize()) {
        throw new BadInputException(
            "%s: LOOK: expected checkpoint %s with pages of %d bytes, found %s with %d"
                .formatted(
                    endpoint,
                    facts.id(),
                    facts.layout().pageSize(),
                    seen.checkpoint(),
                    seen.pageSize()));
      }
      done = true;
      return made;
    } finally {
      if (!done) {
        made.close();
      }
    }
  }

  /** Ends it: nothing is connected any more when this returns. */
  @Override
  public void close() {
    closed.countDown();
    Session now;
    synchronized (this) {
      now = session;
    }
    if (now != null) {
      now.close();
    }
    Thread keeper = thread;
    if (keeper != null) {
      keeper.interrupt();
      boolean interrupted = false;
      while (keeper.isAlive()) {
        try {
          keeper.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}

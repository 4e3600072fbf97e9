package dev.cairn.transport.link;

import dev.cairn.transport.wire.Agreement;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Role;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The links of a client's session, each but control kept by a thread of its own. Thread-safe. */
final class ClientLinks implements LinkGroup {
  /** A link that lived so long was a good one. */
  private static final long SOUND_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final ClientHandshake handshake;
  private final Role role;
  private final Events events;
  private final ClientHandshake.Ready control;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final AtomicBoolean told = new AtomicBoolean();
  private final AtomicReference<@Nullable Link> urgent = new AtomicReference<>();
  private final List<Link> data = new CopyOnWriteArrayList<>();

  private ClientLinks(
      ClientHandshake handshake, Role role, Events events, ClientHandshake.Ready control) {
    this.handshake = handshake;
    this.role = role;
    this.events = events;
    this.control = control;
  }

  static LinkGroup open(ClientHandshake handshake, Role role, Events events) throws IOException {
    ClientHandshake.Ready control = handshake.open(role, LinkKind.CONTROL, Optional.empty());
    ClientLinks links = new ClientLinks(handshake, role, events, control);
    links.begin();
    return links;
  }

  private void begin() {
    control.link().start(events.ready(control.link()), this::controlLost);
    if (role == Role.ADMIN) {
      return;
    }
    keep(LinkKind.URGENT);
    for (int i = 0; i < control.agreement().streams(); i++) {
      keep(LinkKind.DATA);
    }
  }

  private void controlLost(LinkLostException why) {
    close();
    if (told.compareAndSet(false, true)) {
      events.lost(why);
    }
  }

  private void keep(LinkKind kind) {
    var _ =
        handshake
            .links()
            .help(
                "cairn-links-" + kind.text(),
                () -> {
                  try {
                    keepOpen(kind);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  } catch (RejectedExecutionException e) {
                    close(); // the timer has ended: nothing is kept any more
                  }
                });
  }

  /** Opens a link, waits for its end, and begins again. */
  private void keepOpen(LinkKind kind) throws InterruptedException {
    Backoff waits = new Backoff();
    while (closed.getCount() > 0) {
      try {
        ClientHandshake.Ready ready = handshake.open(role, kind, control.session());
        long began = handshake.links().nanoTime().getAsLong();
        run(ready.link());
        if (handshake.links().nanoTime().getAsLong() - began >= SOUND_NANOS) {
          waits.reset(); // one that always ends at once is not opened without end
        }
      } catch (IOException e) {
        handshake.links().events().refused(handshake.endpoint().toString(), e);
      }
      if (closed.await(waits.next().toNanos(), TimeUnit.NANOSECONDS)) {
        return;
      }
    }
  }

  private void run(FramedLink link) throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    add(link);
    link.start(
        events.ready(link),
        _ -> {
          remove(link);
          ended.countDown();
        });
    if (closed.getCount() == 0) {
      link.close(); // close may have come before the link was there to be closed
    }
    ended.await();
  }

  private void add(Link link) {
    switch (link.kind()) {
      case URGENT -> urgent.set(link);
      case DATA -> data.add(link);
      case CONTROL -> throw new IllegalStateException("a second control link");
    }
  }

  private void remove(Link link) {
    urgent.compareAndSet(link, null);
    data.remove(link);
  }

  @Override
  public Agreement agreement() {
    return control.agreement();
  }

  @Override
  public Link control() {
    return control.link();
  }

  @Override
  public Optional<Link> urgent() {
    return Optional.ofNullable(urgent.get());
  }

  @Override
  public List<Link> data() {
    return List.copyOf(data);
  }

  @Override
  public void close() {
    closed.countDown();
    control.link().close();
    urgent().ifPresent(Link::close);
    data.forEach(Link::close);
  }
}

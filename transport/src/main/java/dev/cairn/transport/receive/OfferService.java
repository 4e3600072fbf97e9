package dev.cairn.transport.receive;

import dev.cairn.chain.ChainName;
import dev.cairn.chain.Store;
import dev.cairn.store.BadNameException;
import dev.cairn.store.BusyException;
import dev.cairn.store.Id;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.link.Service;
import dev.cairn.transport.link.Session;
import dev.cairn.transport.peer.Right;
import dev.cairn.transport.peer.Rights;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Takes what clients offer: transport/PROTOCOL.md, Send. Each offer is received by a thread of its
 * own. Thread-safe.
 */
public final class OfferService implements Service {
  private static final Duration PROGRESS = Duration.ofSeconds(1);

  /** Whose offer it is: a client has one of a kind. Immutable. */
  private record Kind(String client, Id chain, Id checkpoint) {}

  private final Store store;
  private final Rights rights;
  private final ReceiveSettings settings;
  private final ReceiveListener listener;
  private final Map<Kind, Taking> takings = new HashMap<>(); // guarded by itself

  public OfferService(
      Store store, Rights rights, ReceiveSettings settings, ReceiveListener listener) {
    this.store = store;
    this.rights = rights;
    this.settings = settings;
    this.listener = listener;
  }

  @Override
  public SessionService open(Session session) {
    return new Taking(session);
  }

  /** One session with a sender. Thread-safe. */
  private final class Taking implements SessionService {
    private final Session session;
    private final FetchThreads fetching = FetchThreads.virtual();
    private final CompletableFuture<FetchThreads.Purpose> purpose = new CompletableFuture<>();
    private final AtomicBoolean refused = new AtomicBoolean();
    private volatile @Nullable Thread worker;

    Taking(Session session) {
      this.session = session;
    }

    @Override
    public Requests ready(Link link) {
      if (link.kind() == LinkKind.DATA) {
        fetching.start(link, purpose);
      }
      return new Offers(link);
    }

    @Override
    public void ended() {
      LinkLostException why = new LinkLostException("the sender of " + session.name() + " is gone");
      if (!purpose.completeExceptionally(why) && !purpose.isCompletedExceptionally()) {
        purpose.join().reception().fail(why);
      }
    }

    /** What a sender may ask: that something is taken. */
    private final class Offers implements Requests {
      private final Link link;

      Offers(Link link) {
        this.link = link;
      }

      @Override
      public void other(int request, Message message) throws IOException {
        if (!(message instanceof Message.Offer offer) || worker != null) {
          throw refusal(ErrorCode.CANNOT_BE, "a request of a sender: expected one OFFER");
        }
        worker =
            Thread.ofVirtual()
                .name("cairn-take " + session.name())
                .start(() -> take(link, request, offer));
      }
    }

    private void take(Link control, int request, Message.Offer offer) {
      Kind kind = new Kind(session.peer().key(), offer.chain(), offer.checkpoint());
      try {
        replace(kind);
        receive(control, request, offer);
      } catch (IOException e) {
        listener.lost(source(), String.valueOf(e.getMessage()));
        refuse(control, request, e);
      } finally {
        synchronized (takings) {
          takings.remove(kind, this);
          takings.notifyAll();
        }
      }
    }

    private void refuse(Link control, int request, IOException why) {
      if (refused.getAndSet(true)) {
        return;
      }
      try {
        control.fail(request, FailureException.told(why));
      } catch (LinkLostException e) {
        // The sender asks again, and is told then.
      }
    }

    /** The older session of the same offer is of a sender that has come back: it ends first. */
    private void replace(Kind kind) throws IOException {
      long deadline = settings.nanoTime().getAsLong() + settings.patience().toNanos();
      synchronized (takings) {
        Taking older = takings.get(kind);
        while (older != null) {
          older.session.end(
              new Message.Failure(ErrorCode.BUSY, "the same was offered again", "", "", ""));
          long left = deadline - settings.nanoTime().getAsLong();
          if (left <= 0) {
            throw new BusyException("an older session with the same offer does not end");
          }
          try {
            takings.wait(Math.clamp(left / 1_000_000, 1, 100));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BusyException("interrupted while an older session was to end");
          }
          older = takings.get(kind);
        }
        takings.put(kind, this);
      }
    }

    private String source() {
      return "offer " + session.peer();
    }

    private void receive(Link control, int request, Message.Offer offer) throws IOException {
      String name = name(offer);
      if (!rights.may(session.peer(), Right.SEND, name)) {
        throw refusal(ErrorCode.NO_RIGHT, session.peer() + " may not send chain " + name);
      }
      Wanted wanted =
          new Wanted(
              "", offer.checkpoint().toString(), true, offer.only(), name, List.of(source()));
      Reception.Around around =
          new Reception.Around(store, wanted, settings, listener, Optional.empty());
      try (Reception reception = Reception.begin(around, new ControlLink(control), source())) {
        try {
          Received received = receive(control, reception);
          control.answer(request, new Message.Taken(received.point(), received.checkpoint()));
        } catch (IOException e) {
          refuse(control, request, e); // before the end of the session, or it is not heard
          throw e;
        } finally {
          session.end(new Message.Failure(ErrorCode.FAILED, "all is said", "", "", ""));
          fetching.close(); // before the memory goes that they fetch into
        }
      }
    }

    private Received receive(Link control, Reception reception) throws IOException {
      FetchThreads.Purpose all = new FetchThreads.Purpose(reception, Fetcher.Reach.everything());
      if (!purpose.complete(all)) {
        throw new LinkLostException("the sender is gone");
      }
      listener.running(source());
      Thread teller = Thread.ofVirtual().start(() -> tell(control, reception));
      try {
        Received received = reception.finish(SourceLinks.ONE);
        reception.clear();
        return received;
      } catch (BusyException e) {
        if (reception.wasRefused()) {
          reception.clear(); // the sender lets its hold go
        }
        throw e;
      } finally {
        teller.interrupt();
      }
    }

    private void tell(Link control, Reception reception) {
      try {
        while (true) {
          Thread.sleep(PROGRESS);
          reception.tell();
          control.notice(reception.progress());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (LinkLostException e) {
        // Who receives is told.
      }
    }
  }

  private static String name(Message.Offer offer) throws IOException {
    try {
      return ChainName.check(offer.name());
    } catch (BadNameException e) {
      throw refusal(ErrorCode.CANNOT_BE, String.valueOf(e.getMessage()));
    }
  }

  private static FailureException refusal(ErrorCode code, String what) {
    return FailureException.of(code, what);
  }
}

package dev.cairn.transport.send;

import dev.cairn.store.StoreException;
import dev.cairn.transport.link.Backoff;
import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkGroup;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.link.Reply;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.source.Offer;
import dev.cairn.transport.source.Source;
import dev.cairn.transport.source.SourceSession;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.Role;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Offers one point to a receiver and serves it until it has taken it, through any number of cuts.
 * {@link #run} is for one thread, once; {@link #stop} is for any.
 */
public final class Sender {
  /** Where it goes, and how. */
  public record Target(Endpoint endpoint, LinkSettings links, ClientSettings settings) {}

  /** Is told how it goes; must not wait. */
  public interface Events {
    /** So many bytes are certified at the receiver, of so many. */
    void progress(long certified, long all);

    /** The receiver is gone; it is looked for again. */
    void lost(IOException why);

    /** It is there again. */
    void back();
  }

  private final Source source;
  private final Offer offer;
  private final Message.Offer message;
  private final Target target;
  private final Events events;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile @Nullable LinkGroup group;
  private boolean connectedOnce;
  private final Backoff pauses = new Backoff();

  /**
   * Makes a sender.
   *
   * @param message the offer as the receiver gets it: of the same point
   */
  public Sender(Source source, Offer offer, Message.Offer message, Target target, Events events) {
    this.source = source;
    this.offer = offer;
    this.message = message;
    this.target = target;
    this.events = events;
  }

  /**
   * Sends.
   *
   * @return what the receiver has
   * @throws InterruptedIOException if it was stopped: sent again, it goes on
   * @throws FailureException if the receiver says no
   */
  public Message.Taken run() throws IOException {
    while (true) {
      try {
        Message.Taken taken = attempt();
        source.releaseOffer(offer);
        return taken;
      } catch (FailureException e) {
        if (e.code() != ErrorCode.TOO_MUCH || !connectedOnce) {
          giveUp(e);
          throw e;
        }
        again(e);
      } catch (SocketTimeoutException e) {
        again(e); // it is an InterruptedIOException, but nobody's wish
      } catch (StoreException | InterruptedIOException e) {
        throw e; // it would be the same again
      } catch (IOException e) {
        again(e);
      }
    }
  }

  /** What is refused for good is not held any longer. */
  private void giveUp(FailureException why) {
    boolean forGood =
        switch (why.code()) {
          case NO_SUCH, BUSY, NO_RIGHT -> true;
          case FAILED, CANNOT_BE, NOT_YET, DAMAGED, VERSION, TOO_MUCH -> false;
        };
    if (forGood) {
      try {
        source.releaseOffer(offer);
      } catch (IOException e) {
        why.addSuppressed(e); // it ends by its time
      }
    }
  }

  /** Waits a little; an address that nobody has ever answered at is a mistake. */
  private <E extends IOException> void again(E why) throws IOException {
    requireWanted();
    if (!connectedOnce) {
      throw why;
    }
    events.lost(why);
    try {
      boolean _ = stopped.await(pauses.next().toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
    requireWanted();
  }

  private void requireWanted() throws InterruptedIOException {
    if (stopped.getCount() == 0) {
      throw new InterruptedIOException("stopped; the same command goes on");
    }
  }

  private Message.Taken attempt() throws IOException {
    SourceSession session =
        source.serve(offer, told -> events.progress(told.certified(), told.all()));
    try (LinkGroup open =
        LinkGroup.open(
            target.endpoint(), Role.SEND, target.links(), target.settings(), serve(session))) {
      group = open;
      requireWanted(); // it may have been stopped in between
      if (connectedOnce) {
        events.back();
      }
      connectedOnce = true;
      pauses.reset();
      return Reply.ask(open.control(), message).head(Message.Taken.class);
    } finally {
      group = null;
      session.ended();
    }
  }

  private static LinkGroup.Events serve(SourceSession session) {
    return new LinkGroup.Events() {
      @Override
      public Requests ready(Link link) {
        return session.ready(link);
      }

      @Override
      public void lost(LinkLostException why) {
        session.ended();
      }
    };
  }

  /** Stops soon: what is held stays held, and the same send goes on later. */
  public void stop() {
    stopped.countDown();
    LinkGroup open = group;
    if (open != null) {
      open.close();
    }
  }
}

package dev.cairn.transport.pages;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.PointText;
import dev.cairn.store.Id;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.file.Point;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.link.Service;
import dev.cairn.transport.link.Session;
import dev.cairn.transport.peer.Peer;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.Role;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/**
 * Answers who reads a point on this host while it is still coming: transport/PROTOCOL.md, Who else
 * reads. An answer goes out when all of its pages are here, whichever was asked for first.
 * Thread-safe.
 */
public final class PointServer implements Service, Closeable {
  /** Answers that are being read at once. */
  private static final int MOST_READING = 16;

  private final ComingPoint point;
  private final String chain;
  private final PageWorkers workers = new PageWorkers();

  /** Of the kernel's, as those that take pages. */
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          Thread.ofPlatform().daemon().name("cairn-answer-", 0).factory());

  private final Semaphore reading = new Semaphore(MOST_READING);

  // All of these are guarded by this.
  private final List<Waiting> waiting = new ArrayList<>();
  private final List<Session> sessions = new ArrayList<>();
  private boolean due;
  private boolean closed;

  /**
   * Makes one that answers from now on.
   *
   * @param chain the name by which it is asked for here
   */
  public PointServer(ComingPoint point, String chain) {
    this.point = point;
    this.chain = chain;
    point.tell(
        new ComingPoint.Waiters() {
          @Override
          public void look() {
            PointServer.this.look();
          }

          @Override
          public void answer() {
            PointServer.this.answer(ready());
          }
        });
    threads.execute(this::serve);
  }

  @Override
  public SessionService open(Session session) throws IOException {
    if (session.peer().standing() != Peer.Standing.OWN) {
      throw FailureException.of(
          ErrorCode.NO_RIGHT, "a point that is coming: expected the user that pulls it");
    }
    if (session.hello().role() != Role.PULL) {
      throw FailureException.of(ErrorCode.CANNOT_BE, "expected role pull");
    }
    synchronized (this) {
      if (closed) {
        throw FailureException.of(ErrorCode.FAILED, "the pull is being ended");
      }
      sessions.add(session);
    }
    return new SessionService() {
      @Override
      public Requests ready(Link link) {
        return link.kind() == LinkKind.CONTROL ? new Control(link) : new Pages(link);
      }

      @Override
      public void ended() {
        left(session);
      }
    };
  }

  private synchronized void left(Session session) {
    sessions.remove(session);
    notifyAll();
  }

  /** Waits until nobody reads here any more. */
  public synchronized void awaitNobody() throws InterruptedException {
    while (!sessions.isEmpty()) {
      wait();
    }
  }

  /** Tells those who read, and lets nobody in any more. */
  public void end(IOException why) {
    List<Session> left;
    synchronized (this) {
      closed = true;
      left = List.copyOf(sessions);
      notifyAll();
    }
    left.forEach(session -> session.end(FailureException.told(why)));
  }

  private synchronized void look() {
    due = true;
    notifyAll();
  }

  /** Answers what waits, whenever something came. */
  private void serve() {
    try {
      while (true) {
        synchronized (this) {
          while (!due && !closed) {
            wait();
          }
          if (closed) {
            return;
          }
          due = false;
        }
        ready().forEach(each -> threads.execute(each::answer));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes out what can be answered: who has it answers it. */
  private synchronized List<Waiting> ready() {
    List<Waiting> ready = new ArrayList<>();
    for (Iterator<Waiting> i = waiting.iterator(); i.hasNext(); ) {
      Waiting each = i.next();
      if (each.lost || each.isHere()) {
        i.remove();
        ready.add(each);
      }
    }
    return ready;
  }

  /** Answers one itself; the others must not wait for who reads that one. */
  private void answer(List<Waiting> ready) {
    for (int i = 1; i < ready.size(); i++) {
      threads.execute(ready.get(i)::answer);
    }
    if (!ready.isEmpty()) {
      ready.getFirst().answer();
    }
  }

  /** Answers on a control link: which point it is, and its machine. */
  private final class Control implements Requests {
    private final Link link;

    Control(Link link) {
      this.link = link;
    }

    @Override
    public void other(int request, Message message) throws IOException {
      switch (message) {
        case Message.Look look -> look(request, look);
        case Message.Point asked -> {
          requirePoint(asked.checkpoint());
          threads.execute(() -> send(request));
        }
        case Message.Open _, Message.Hold _ -> throw notYet();
        default ->
            throw FailureException.of(ErrorCode.CANNOT_BE, "expected LOOK or POINT on this link");
      }
    }

    private void look(int request, Message.Look look) throws IOException {
      Point own = point.view().point();
      if (!look.chain().equals(chain) || !names(look)) {
        throw FailureException.of(
            ErrorCode.NO_SUCH,
            "point " + look.chain() + "@" + look.point(),
            chain + "@" + own.checkpoint() + ", which is coming",
            "another");
      }
      ChainSnapshot snapshot = point.snapshot();
      Message.Seen seen =
          new Message.Seen(
              own.checkpoint(),
              own.id(),
              snapshot.manifest().identity().chain(),
              point.layout().pageSize());
      link.answer(request, seen);
    }

    private boolean names(Message.Look look) throws IOException {
      Point own = point.view().point();
      if (look.byId()) {
        return look.point().equals(own.id().toString());
      }
      try {
        return PointText.find(point.snapshot(), look.point()).checkpoint() == own.checkpoint();
      } catch (NoSuchPointException e) {
        return false;
      }
    }

    private void send(int request) {
      try {
        String label = point.snapshot().describe(point.view().point()).label();
        PointAnswer.send(link, request, point.view(), label, PointAnswer.Account.NONE);
      } catch (IOException e) {
        failed(link, request, e);
      }
    }
  }

  private FailureException notYet() {
    return FailureException.of(ErrorCode.NOT_YET, "chain " + chain + " is here only in part");
  }

  private void requirePoint(Id checkpoint) throws FailureException {
    if (!checkpoint.equals(point.view().point().id())) {
      throw FailureException.of(
          ErrorCode.NO_SUCH, "checkpoint", point.view().point().id(), checkpoint);
    }
  }

  private static void failed(Link link, int request, IOException why) {
    try {
      link.fail(request, FailureException.told(why));
    } catch (LinkLostException e) {
      // Nobody is there to be told.
    }
  }

  /** Answers PAGES of one link. */
  private final class Pages implements Requests {
    private final Link link;

    Pages(Link link) {
      this.link = link;
    }

    @Override
    public void fetch(int request, long file, long offset, int length) throws IOException {
      throw notYet();
    }

    @Override
    public boolean answersWhileReading() {
      return link.kind() == LinkKind.URGENT;
    }

    @Override
    public void pages(int request, Id checkpoint, int block, long page, int count)
        throws IOException {
      requirePoint(checkpoint);
      PageBounds.require(point.layout(), block, page, count);
      Waiting answer = new Waiting(link, request, block, page, count);
      synchronized (PointServer.this) {
        waiting.add(answer); // before it is asked for, as that may come at once
      }
      point.want(block, page, count, link.kind() == LinkKind.URGENT);
      if (isReady(answer)) {
        answer.answer(); // it was here all the time
      }
    }

    private boolean isReady(Waiting answer) {
      synchronized (PointServer.this) {
        return answer.isHere() && waiting.remove(answer);
      }
    }

    @Override
    public void lost(LinkLostException why) {
      synchronized (PointServer.this) {
        waiting.stream().filter(each -> each.link == link).forEach(each -> each.lost = true);
        due = true;
        PointServer.this.notifyAll();
      }
    }
  }

  /** One answer that waits for its pages. */
  private final class Waiting {
    private final Link link;
    private final int request;
    private final int block;
    private final long page;
    private final int count;
    private boolean lost; // guarded by PointServer.this

    /** All before it are here. */
    private int here; // guarded by PointServer.this

    Waiting(Link link, int request, int block, long page, int count) {
      this.link = link;
      this.request = request;
      this.block = block;
      this.page = page;
      this.count = count;
    }

    /** Looks on from the first that was missing: each page is looked at once when it is here. */
    boolean isHere() {
      try {
        while (here < count) {
          long at = page + here;
          long word = at & -PagePlaces.WORD_PAGES;
          int rest = (int) Math.min(count - here, word + PagePlaces.WORD_PAGES - at);
          long bits = (rest == Long.SIZE ? -1L : (1L << rest) - 1) << (at - word);
          long missing = point.missing(block, word, bits);
          if (missing != 0) {
            here += (int) (word + Long.numberOfTrailingZeros(missing) - at);
            return false;
          }
          here += rest;
        }
        return true;
      } catch (IOException e) {
        return true; // reading it fails, too, and tells
      }
    }

    void answer() {
      try {
        reading.acquire();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      PageWorker worker = workers.take(point.layout().pageSize());
      long most = (long) count * point.layout().pageSize();
      try (Arena arena = Arena.ofShared()) {
        MemorySegment room =
            PageWorker.needsRoom(most) ? arena.allocate(most, 4096) : MemorySegment.NULL;
        worker.read(point, block, page, count, room);
        link.answerPages(request, worker.entries(), worker.bytes());
      } catch (LinkLostException e) {
        // Nobody is there to be told.
      } catch (IOException e) {
        failed(link, request, e);
      } finally {
        workers.give(worker);
        reading.release();
      }
    }
  }

  /** To be closed when its links are. */
  @Override
  public void close() {
    end(new IOException("the pull has ended"));
    threads.close();
    workers.close();
  }
}

package dev.cairn.tests.read;

import dev.cairn.chain.PointProjection;
import dev.cairn.chain.PointView;
import dev.cairn.store.Id;
import dev.cairn.store.file.Crc;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.StoredSection;
import dev.cairn.transport.link.AnswerStream;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.LinkServer;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.link.ServerSettings;
import dev.cairn.transport.link.Service;
import dev.cairn.transport.link.Session;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.PageEntries;
import dev.cairn.transport.wire.PointHead;
import dev.cairn.transport.wire.PointHeadBytes;
import dev.cairn.transport.wire.Versions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Answers for one point as the owner of its pull does: pages come when the test says so, or not, or
 * wrong. Thread-safe.
 */
public final class FakeOwner implements AutoCloseable {
  /**
   * A request for pages.
   *
   * @param urgent whether it came on the link for those that somebody waits for
   */
  public record Asked(boolean urgent, int block, long page, int count) {}

  private record Pending(Link link, int request, Asked asked) {}

  private final PointView view;
  private final String chain;
  private final Id chainId;
  private final Path socket;
  private final int pageSize;
  private final PointProjection projection;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final Random random = new Random(7);
  private final List<Session> sessions = new CopyOnWriteArrayList<>();
  private final LinkedBlockingQueue<Asked> asked = new LinkedBlockingQueue<>();
  private final AtomicInteger wrongs = new AtomicInteger();
  private final AtomicInteger refusals = new AtomicInteger();
  private final Map<Integer, BitSet> away = new HashMap<>(); // guarded by this, as all below
  private final List<Pending> pending = new ArrayList<>();
  private @Nullable LinkServer server;

  /** Makes one that does not listen yet, and has all pages. The view outlives it. */
  public FakeOwner(PointView view, String chain, Id chainId, Path socket) {
    this.view = view;
    this.chain = chain;
    this.chainId = chainId;
    this.socket = socket;
    this.pageSize = view.layout().pageSize();
    this.projection = new PointProjection(view);
  }

  /** Begins to listen, for the first time or again. */
  public synchronized void live() throws IOException {
    Files.createDirectories(socket.toAbsolutePath().getParent());
    LinkSettings links = LinkSettings.standard(timer, LinkEvents.NONE);
    ServerSettings settings =
        new ServerSettings(
            Abilities.standard(4, "test"),
            Versions.known(),
            Optional.empty(),
            ServerSettings.Limits.STANDARD,
            new SecureRandom());
    LinkServer made =
        new LinkServer(
            links,
            settings,
            session -> {
              sessions.add(session);
              return new Served();
            });
    made.listen(new Endpoint.Unix(socket), new LinkServer.Security(Optional.empty(), false));
    server = made;
  }

  /** Ends all links, and listens no more, as if it were killed. */
  public void die() {
    LinkServer was;
    synchronized (this) {
      was = server;
      server = null;
      pending.clear();
    }
    if (was != null) {
      was.close();
    }
    cut();
  }

  /** Cuts all links. */
  public void cut() {
    for (Session session : sessions) {
      session.urgent().ifPresent(Link::close);
      session.data().forEach(Link::close);
      session.control().ifPresent(Link::close);
    }
    sessions.clear();
  }

  /** Cuts the links on which somebody waits. */
  public void cutUrgent() {
    sessions.forEach(session -> session.urgent().ifPresent(Link::close));
  }

  /** Has no page of the memory, but for those that come from now on. */
  public synchronized void keepAll() {
    for (int block = 0; block < view.layout().blocks().size(); block++) {
      long pages = view.layout().blocks().get(block).pages(pageSize);
      away(block).set(0, (int) pages);
    }
  }

  private BitSet away(int block) {
    return away.computeIfAbsent(block, _ -> new BitSet());
  }

  /** Pages have come. */
  public void arrive(int block, int from, int to) {
    synchronized (this) {
      away(block).clear(from, to);
    }
    answerAll();
  }

  /** All have come. */
  public void arriveAll() {
    synchronized (this) {
      away.clear();
    }
    answerAll();
  }

  /** Answers what can be answered, in any order. */
  private void answerAll() {
    List<Pending> due = new ArrayList<>();
    synchronized (this) {
      pending.removeIf(each -> isHere(each.asked) && due.add(each));
    }
    Collections.shuffle(due, random);
    due.forEach(this::answer);
  }

  private synchronized boolean isHere(Asked pages) {
    int next = away(pages.block).nextSetBit((int) pages.page);
    return next < 0 || next >= pages.page + pages.count;
  }

  /** The next so many answers have a wrong bit. */
  public void lie(int answers) {
    wrongs.set(answers);
  }

  /** The next so many requests are refused. */
  public void refuse(int requests) {
    refusals.set(requests);
  }

  /** Returns what was asked, in its order. */
  public LinkedBlockingQueue<Asked> asked() {
    return asked;
  }

  private void answer(Pending due) {
    try (Arena arena = Arena.ofShared();
        PageReader reader = new PageReader(pageSize, arena)) {
      int count = due.asked.count;
      MemorySegment entries = arena.allocate((long) count * PageEntries.BYTES, 8);
      MemorySegment bytes = arena.allocate((long) count * pageSize, 4096);
      MemorySegment word = arena.allocate((long) PointProjection.WORD_PAGES * pageSize, 4096);
      int plain = 0;
      for (int i = 0; i < count; i++) {
        long page = due.asked.page + i;
        long first = page / PointProjection.WORD_PAGES * PointProjection.WORD_PAGES;
        int slot = (int) (page - first);
        boolean present = projection.read(reader, due.asked.block, first, 1L << slot, word) != 0;
        PageEntries.put(
            entries,
            i,
            present ? PageEntries.PLAIN : PageEntries.ZERO,
            present ? projection.crc(due.asked.block, page) : Crc.ofZeroPage(pageSize));
        if (present) {
          MemorySegment.copy(
              word, (long) slot * pageSize, bytes, (long) plain++ * pageSize, pageSize);
        }
      }
      if (wrongs.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        if (plain > 0) {
          byte old = bytes.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 100);
          bytes.set(java.lang.foreign.ValueLayout.JAVA_BYTE, 100, (byte) (old ^ 1));
        } else {
          PageEntries.put(entries, 0, PageEntries.ZERO, 1);
        }
      }
      due.link.answerPages(due.request, entries, bytes.asSlice(0, (long) plain * pageSize));
    } catch (LinkLostException e) {
      // Who asked is gone.
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private final class Served implements Service.SessionService {
    @Override
    public Requests ready(Link link) {
      return new Answers(link);
    }

    @Override
    public void ended() {}
  }

  private final class Answers implements Requests {
    private final Link link;

    Answers(Link link) {
      this.link = link;
    }

    @Override
    public void pages(int request, Id checkpoint, int block, long page, int count)
        throws IOException {
      Asked now = new Asked(link.kind() == LinkKind.URGENT, block, page, count);
      asked.add(now);
      if (!checkpoint.equals(view.point().id())) {
        throw FailureException.of(ErrorCode.NO_SUCH, "no such point");
      }
      if (refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        throw FailureException.of(ErrorCode.FAILED, "told to refuse");
      }
      Pending due = new Pending(link, request, now);
      synchronized (FakeOwner.this) {
        if (!isHere(now)) {
          pending.add(due);
          return;
        }
      }
      answer(due);
    }

    @Override
    public void other(int request, Message message) throws IOException {
      Point point = view.point();
      switch (message) {
        case Message.Look look -> {
          if (!look.chain().equals(chain) || !isMeant(look)) {
            throw FailureException.of(ErrorCode.NO_SUCH, "another point is coming");
          }
          link.answer(request, new Message.Seen(point.checkpoint(), point.id(), chainId, pageSize));
        }
        case Message.Point _ -> point(request);
        default -> throw FailureException.of(ErrorCode.NOT_YET, "in part only");
      }
    }

    private boolean isMeant(Message.Look look) {
      Point point = view.point();
      return look.byId()
          ? look.point().equals(point.id().toString())
          : look.point().equals("latest")
              || look.point().equals("label")
              || look.point().equals(Long.toString(point.checkpoint()));
    }

    private void point(int request) throws IOException {
      Point point = view.point();
      List<PointHead.Section> sections =
          point.sections().stream()
              .map(s -> new PointHead.Section(s.name(), s.version(), s.crc(), s.length()))
              .toList();
      byte[] head = PointHeadBytes.write(new PointHead("label", view.layout(), sections));
      AnswerStream answer =
          link.answerStream(
              request,
              new Message.PointIs(point.checkpoint(), point.time(), pageSize, head.length));
      answer.write(MemorySegment.ofArray(head));
      for (StoredSection section : point.sections()) {
        answer.write(MemorySegment.ofArray(view.section(section)));
      }
      answer.end();
    }
  }

  @Override
  public void close() {
    die();
    timer.shutdownNow();
    projection.close();
  }
}

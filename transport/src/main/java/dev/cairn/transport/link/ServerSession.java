package dev.cairn.transport.link;

import dev.cairn.transport.peer.Peer;
import dev.cairn.transport.wire.Agreement;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Hello;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A session and its links. Thread-safe. */
final class ServerSession implements Session {
  private final Peer peer;
  private final Hello hello;
  private final Agreement agreement;
  private final String name;
  private final ReentrantLock lock = new ReentrantLock();
  private final List<Link> links = new ArrayList<>();

  /** Those that are not READY yet. */
  private final List<Link> coming = new ArrayList<>();

  private Service.@Nullable SessionService service;
  private boolean ended;

  ServerSession(Peer peer, Hello hello, Agreement agreement, String name) {
    this.peer = peer;
    this.hello = hello;
    this.agreement = agreement;
    this.name = name;
  }

  /** Sets who serves it, before it has a link. */
  void serveBy(Service.SessionService by) {
    lock.lock();
    try {
      service = by;
    } finally {
      lock.unlock();
    }
  }

  Service.SessionService service() {
    lock.lock();
    try {
      Service.SessionService by = service;
      if (by == null) {
        throw new IllegalStateException("not served yet");
      }
      return by;
    } finally {
      lock.unlock();
    }
  }

  /** Tells who serves it that it has ended, if somebody does; once. */
  void endService() {
    Service.SessionService by;
    lock.lock();
    try {
      by = service;
      service = null;
    } finally {
      lock.unlock();
    }
    if (by != null) {
      by.ended();
    }
  }

  /**
   * A link is about to join.
   *
   * @throws FailureException if the session has ended, or has its links of that kind
   */
  void reserve(Link link) throws FailureException {
    lock.lock();
    try {
      int most = link.kind() == LinkKind.DATA ? agreement.streams() : 1;
      long own =
          Stream.concat(links.stream(), coming.stream())
              .filter(each -> each.kind() == link.kind())
              .count();
      requireRunning();
      if (own >= most) {
        throw new FailureException(
            new Message.Failure(
                ErrorCode.TOO_MUCH,
                "links of kind " + link.kind().text(),
                "at most " + most,
                "one more",
                "try again later"));
      }
      coming.add(link);
    } finally {
      lock.unlock();
    }
  }

  /**
   * A link that was about to join is READY.
   *
   * @throws FailureException if the session has ended meanwhile
   */
  void add(Link link) throws FailureException {
    lock.lock();
    try {
      requireRunning();
      coming.remove(link);
      links.add(link);
    } finally {
      lock.unlock();
    }
  }

  private void requireRunning() throws FailureException {
    if (ended) {
      throw noSuch();
    }
  }

  static FailureException noSuch() {
    return new FailureException(
        new Message.Failure(
            ErrorCode.NO_SUCH, "session", "one with a control link", "another", ""));
  }

  /** A link is lost. */
  void remove(Link link) {
    boolean isEnd = link.kind() == LinkKind.CONTROL;
    List<Link> others = List.of();
    lock.lock();
    try {
      links.remove(link);
      coming.remove(link);
      if (isEnd) {
        ended = true;
        others = List.copyOf(links);
      }
    } finally {
      lock.unlock();
    }
    others.forEach(Link::close);
  }

  private List<Link> ofKind(LinkKind kind) {
    lock.lock();
    try {
      return links.stream().filter(each -> each.kind() == kind).toList();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Peer peer() {
    return peer;
  }

  @Override
  public Hello hello() {
    return hello;
  }

  @Override
  public Agreement agreement() {
    return agreement;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<Link> control() {
    return ofKind(LinkKind.CONTROL).stream().findFirst();
  }

  @Override
  public Optional<Link> urgent() {
    return ofKind(LinkKind.URGENT).stream().findFirst();
  }

  @Override
  public List<Link> data() {
    return ofKind(LinkKind.DATA);
  }

  @Override
  public void end(Message.Failure why) {
    control().ifPresent(link -> link.end(why));
  }
}

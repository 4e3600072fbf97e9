package dev.cairn.transport.link;

import dev.cairn.store.BadInputException;
import dev.cairn.store.Id;
import dev.cairn.transport.wire.FrameType;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What the peer has asked on a link: what nobody has looked at yet, and what is not answered yet.
 * Thread-safe. Places are made once, as many as requests may be outstanding.
 */
final class Arrivals {
  /** One request. */
  private static final class Place {
    private FrameType type = FrameType.PING;
    private int request;
    private long first;
    private long second;
    private int third;
    private int fourth;
    private Id id = Id.NONE;
    private @Nullable Message message;

    void copy(Place from) {
      type = from.type;
      request = from.request;
      first = from.first;
      second = from.second;
      third = from.third;
      fourth = from.fourth;
      id = from.id;
      message = from.message;
    }
  }

  private final String link;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Place[] places;
  private final Place next = new Place();
  private int head;
  private int waiting;

  /** Numbers and types of requests that are not answered: of the first {@code unanswered}. */
  private final int[] numbers;

  private final FrameType[] types;
  private int unanswered;
  private Message.@Nullable Progress notice;
  private boolean ended;

  /** Whether the one who serves is at something. */
  private boolean serving;

  /** Who answers, and is told what cannot be answered; set before the link is read. */
  private Requests requests = Requests.none();

  private Failed failed = (_, _) -> {};

  Arrivals(String link, int most) {
    this.link = link;
    places = new Place[most];
    for (int i = 0; i < most; i++) {
      places[i] = new Place();
    }
    numbers = new int[most];
    types = new FrameType[most];
  }

  /** Says who answers: before anything comes. */
  void begin(Requests who, Failed told) {
    requests = who;
    failed = told;
  }

  void fetch(int request, long file, long offset, int length) throws BadInputException {
    lock.lock();
    try {
      Place place = add(request, FrameType.FETCH);
      place.first = file;
      place.second = offset;
      place.third = length;
    } finally {
      lock.unlock();
    }
  }

  /**
   * As it came; an id that is that of the request before is kept, and no other made. Answered here
   * where nothing is to be answered before, and who answers does so while the link is read.
   */
  void pages(int request, long high, long low, long page, int block, int count)
      throws BadInputException {
    boolean here = requests.answersWhileReading();
    Id id;
    lock.lock();
    try {
      Place before = places[(head + waiting + places.length - 1) % places.length];
      boolean same = before.id.high() == high && before.id.low() == low;
      id = same ? before.id : new Id(high, low);
      here &= waiting == 0 && !serving && !ended;
      if (here) {
        note(request, FrameType.PAGES);
        before.id = id;
      } else {
        Place place = add(request, FrameType.PAGES);
        place.id = id;
        place.first = page;
        place.third = block;
        place.fourth = count;
      }
    } finally {
      lock.unlock();
    }
    if (here) {
      answerPages(request, id, block, page, count);
    }
  }

  private void answerPages(int request, Id id, int block, long page, int count) {
    try {
      requests.pages(request, id, block, page, count);
    } catch (IOException e) {
      failed.failed(request, e);
    }
  }

  void other(int request, FrameType type, Message message) throws BadInputException {
    lock.lock();
    try {
      if (type == FrameType.OPEN || type == FrameType.POINT) {
        for (int i = 0; i < unanswered; i++) {
          if (types[i] == type) {
            throw bad("one " + type + " at a time", "another");
          }
        }
      }
      add(request, type).message = message;
    } finally {
      lock.unlock();
    }
  }

  void notice(Message.Progress progress) {
    lock.lock();
    try {
      notice = progress;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  private Place add(int request, FrameType type) throws BadInputException {
    note(request, type);
    Place place = places[(head + waiting++) % places.length];
    place.type = type;
    place.request = request;
    changed.signal();
    return place;
  }

  private void note(int request, FrameType type) throws BadInputException {
    if (request == 0) {
      throw bad("a number of " + type, "0");
    }
    for (int i = 0; i < unanswered; i++) {
      if (numbers[i] == request) {
        throw bad("a number that is not outstanding", Integer.toUnsignedString(request) + " twice");
      }
    }
    if (unanswered == numbers.length) {
      throw bad("at most " + numbers.length + " requests outstanding", "one more");
    }
    numbers[unanswered] = request;
    types[unanswered++] = type;
  }

  private BadInputException bad(String expected, String actual) {
    return new BadInputException(link + ": requests: expected " + expected + ", found " + actual);
  }

  /**
   * Notes that a request is answered: before the end of its answer goes out, as its number is free
   * when the peer has it.
   *
   * @return what was asked
   * @throws IllegalStateException if it is not outstanding
   */
  FrameType answered(int request) {
    lock.lock();
    try {
      for (int i = 0; i < unanswered; i++) {
        if (numbers[i] == request) {
          FrameType type = types[i];
          unanswered--;
          numbers[i] = numbers[unanswered];
          types[i] = types[unanswered];
          return type;
        }
      }
    } finally {
      lock.unlock();
    }
    throw new IllegalStateException("request " + request + " is not outstanding");
  }

  boolean isOutstanding(int request) {
    lock.lock();
    try {
      for (int i = 0; i < unanswered; i++) {
        if (numbers[i] == request) {
          return true;
        }
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** What happens when answering a request fails. */
  interface Failed {
    void failed(int request, IOException why);
  }

  /** Has requests answered one by one, until the end. For one thread. */
  void serve() {
    while (true) {
      Message.@Nullable Progress told;
      boolean taken;
      lock.lock();
      try {
        serving = false;
        while (waiting == 0 && notice == null && !ended) {
          changed.awaitUninterruptibly();
        }
        if (ended) {
          return;
        }
        serving = true;
        told = notice;
        notice = null;
        taken = waiting > 0;
        if (taken) {
          next.copy(places[head]);
          places[head].message = null;
          head = (head + 1) % places.length;
          waiting--;
        }
      } finally {
        lock.unlock();
      }
      if (told != null) {
        requests.notice(told);
      }
      if (taken) {
        answer();
      }
    }
  }

  private void answer() {
    try {
      Message message = next.message;
      if (message != null) {
        requests.other(next.request, message);
      } else if (next.type == FrameType.FETCH) {
        requests.fetch(next.request, next.first, next.second, next.third);
      } else {
        requests.pages(next.request, next.id, next.third, next.first, next.fourth);
      }
    } catch (IOException e) {
      failed.failed(next.request, e);
    }
  }

  /** Ends {@link #serve} when what it is at is done. */
  void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}

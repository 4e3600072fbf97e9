package dev.cairn.transport.wire;

import dev.cairn.store.Id;
import dev.cairn.store.Text;
import java.time.Instant;

/**
 * What a frame says; of an answer with a stream, what its first frame says in front of it. A closed
 * set. Immutable. Every value that can be made can be sent, and no other is ever received.
 *
 * <p>FETCH, DATA, PAGES and PAGES_ARE have values here, too, but a link sends and takes them
 * without.
 */
public sealed interface Message
    permits Hello,
        Welcome,
        Message.Failure,
        Message.Ping,
        Message.Pong,
        Message.Look,
        Message.Seen,
        Message.Open,
        Message.Opened,
        Message.Hold,
        Message.Held,
        Message.Release,
        Message.Released,
        Message.Point,
        Message.PointIs,
        Message.Offer,
        Message.Taken,
        Message.Progress,
        Message.Rate,
        Message.Rated,
        Message.Fetch,
        Message.Data,
        Message.Window,
        Message.WindowIs,
        Message.WindowDone,
        Message.Pages,
        Message.PagesAre {
  /** Longest TEXT, bytes of UTF-8. */
  int MOST_TEXT = 1024;

  /** Longest manifest, or layout with the heads of sections, bytes. */
  int MOST_STATE = 64 << 20;

  /** Longest FETCH, bytes. */
  int MOST_FETCH = 1 << 20;

  /** Longest WINDOW, bytes. */
  int MOST_WINDOW = 64 << 20;

  /** A window is not granted shorter than that, unless less was asked for; bytes. */
  int LEAST_WINDOW = 1 << 20;

  /** Most pages of one request. */
  int MOST_PAGES = 512;

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalArgumentException(what);
    }
  }

  private static void requireTexts(String... texts) {
    for (String text : texts) {
      require(
          Text.isSound(text, 0, MOST_TEXT), "a text that is too long or has control characters");
    }
  }

  private static void requireToken(String token) {
    require(Tokens.isSound(token), "not a token");
  }

  private static void requirePoint(long point) {
    require(point >= 0, "point " + point);
  }

  private static void requirePageSize(int pageSize) {
    require(dev.cairn.store.RamLayout.isPageSize(pageSize), "page size " + pageSize);
  }

  /**
   * ERROR: a request is not done; with request 0, the link ends.
   *
   * @param next the next command to type
   */
  record Failure(ErrorCode code, String what, String expected, String actual, String next)
      implements Message {
    public Failure {
      requireTexts(what, expected, actual, next);
    }
  }

  /** PING. */
  record Ping(long value) implements Message {}

  /** PONG: answers PING with its value. */
  record Pong(long value) implements Message {}

  /**
   * LOOK: what a point would be.
   *
   * @param byId {@code point} is the 32 digits of a checkpoint id
   */
  record Look(boolean byId, String chain, String point) implements Message {
    public Look {
      requireTexts(chain, point);
      if (byId) {
        Id.parse(point);
      }
    }
  }

  /** SEEN: answers LOOK. */
  record Seen(long point, Id checkpoint, Id chain, int pageSize) implements Message {
    public Seen {
      requirePoint(point);
      requirePageSize(pageSize);
    }
  }

  /**
   * OPEN: takes a hold on a point.
   *
   * @param only this point and no other
   * @param byId {@code point} is the 32 digits of a checkpoint id
   * @param chain empty: what was offered
   */
  record Open(String token, boolean only, boolean byId, String chain, String point)
      implements Message {
    public Open {
      requireToken(token);
      requireTexts(chain, point);
      if (byId) {
        Id.parse(point);
      }
    }
  }

  /**
   * OPENED: answers OPEN; the state to come follows.
   *
   * @param length of it, bytes of manifest text
   */
  record Opened(long point, Id checkpoint, int length) implements Message {
    public Opened {
      requirePoint(point);
      require(length >= 0 && length <= MOST_STATE, "a state to come of " + length + " bytes");
    }
  }

  /** HOLD: goes on with a hold. */
  record Hold(String token, String chain) implements Message {
    public Hold {
      requireToken(token);
      requireTexts(chain);
    }
  }

  /** HELD: answers HOLD. */
  record Held(long point, Id checkpoint) implements Message {
    public Held {
      requirePoint(point);
    }
  }

  /** RELEASE: lets a hold go. */
  record Release(String token, String chain) implements Message {
    public Release {
      requireToken(token);
      requireTexts(chain);
    }
  }

  /** RELEASED: answers RELEASE. */
  record Released() implements Message {}

  /** POINT: asks for what a guest needs to start. */
  record Point(Id checkpoint) implements Message {}

  /**
   * POINT_IS: answers POINT; {@link PointHead} follows in {@code length} bytes, then the sections.
   */
  record PointIs(long point, Instant time, int pageSize, int length) implements Message {
    public PointIs {
      requirePoint(point);
      requirePageSize(pageSize);
      require(length >= 0 && length <= MOST_STATE, "a layout of " + length + " bytes");
    }
  }

  /**
   * OFFER: the receiver may have a point.
   *
   * @param only this point and no other
   * @param name of the chain at the receiver
   */
  record Offer(long point, Id checkpoint, Id chain, int pageSize, boolean only, String name)
      implements Message {
    public Offer {
      requirePoint(point);
      requirePageSize(pageSize);
      requireTexts(name);
    }
  }

  /** TAKEN: answers OFFER when the point is there. */
  record Taken(long point, Id checkpoint) implements Message {
    public Taken {
      requirePoint(point);
    }
  }

  /** PROGRESS: a notice about an OFFER, bytes. */
  record Progress(long certified, long all) implements Message {
    public Progress {
      require(certified >= 0 && certified <= all, certified + " of " + all + " bytes");
    }
  }

  /** RATE: bytes a second in all; 0: no limit. */
  record Rate(long bytesPerSecond) implements Message {
    public Rate {
      require(bytesPerSecond >= 0, "a rate of " + bytesPerSecond);
    }
  }

  /** RATED: answers RATE. */
  record Rated() implements Message {}

  /** FETCH: bytes of a file. */
  record Fetch(long file, long offset, int length) implements Message {
    public Fetch {
      require(offset >= 0 && length >= 1 && length <= MOST_FETCH, "a fetch of " + length);
      require(offset <= Long.MAX_VALUE - length, "a fetch at " + offset);
    }
  }

  /** DATA: answers FETCH; the bytes follow. */
  record Data() implements Message {}

  /** WINDOW: asks where a stretch of a file can be read. */
  record Window(long file, long offset, int length) implements Message {
    public Window {
      require(offset >= 0 && length >= 1 && length <= MOST_WINDOW, "a window of " + length);
      require(offset <= Long.MAX_VALUE - length, "a window at " + offset);
    }
  }

  /**
   * WINDOW_IS: answers WINDOW.
   *
   * @param number of the window on this link
   * @param length of it, bytes from the offset on that was asked for
   * @param address of its first byte in the memory of the source
   * @param rkey by which it is read
   */
  record WindowIs(int number, int length, long address, int rkey) implements Message {
    public WindowIs {
      require(length >= 1 && length <= MOST_WINDOW, "a window of " + length);
    }
  }

  /** WINDOW_DONE: a notice that a window is not read any more. */
  record WindowDone(int number) implements Message {}

  /**
   * PAGES: pages that follow each other.
   *
   * @param block index in the point's layout
   */
  record Pages(Id checkpoint, long page, int block, int count) implements Message {
    public Pages {
      require(count >= 1 && count <= MOST_PAGES, count + " pages");
      require(block >= 0 && block < 1 << 16, "block " + block);
      require(page >= 0 && page <= Long.MAX_VALUE - count, "page " + page);
    }
  }

  /** PAGES_ARE: answers PAGES; that many entries ({@link PageEntries}) and the bytes follow. */
  record PagesAre(int count) implements Message {
    public PagesAre {
      require(count >= 1 && count <= MOST_PAGES, count + " pages");
    }
  }
}

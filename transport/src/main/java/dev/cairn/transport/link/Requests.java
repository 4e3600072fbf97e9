package dev.cairn.transport.link;

import dev.cairn.store.Id;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import java.io.IOException;

/**
 * Answers what comes in on one link; what is not answered is refused (2). Called one by one, in the
 * order in which it came, by a thread that does nothing else: it may wait, and answers to what this
 * side has asked come in meanwhile. What is better done beside it goes on elsewhere, and is
 * answered from there, by its number.
 *
 * <p>What one throws is answered: a {@link FailureException} by its own words, a {@link
 * dev.cairn.store.StoreException} by the code that its exit has, any other by code 1.
 */
public interface Requests {
  /** Returns those of a side that answers nothing. */
  static Requests none() {
    return new Requests() {};
  }

  /**
   * FETCH has come: the offset is not negative, the length 1 byte to 1 MiB, nothing more is known.
   */
  default void fetch(int request, long file, long offset, int length) throws IOException {
    throw FailureException.of(ErrorCode.CANNOT_BE, "FETCH: this side answers none here");
  }

  /**
   * Tells whether PAGES are answered just now by the thread that reads the link, where nothing
   * waits before them: a thread less to be woken for a page that a guest waits for. Then {@link
   * #pages} waits for nobody but a disk and the peer.
   */
  default boolean answersWhileReading() {
    return false;
  }

  /** PAGES has come: 1 to 512 pages, nothing more is known. */
  default void pages(int request, Id checkpoint, int block, long page, int count)
      throws IOException {
    throw FailureException.of(ErrorCode.CANNOT_BE, "PAGES: this side answers none here");
  }

  /**
   * Another request has come.
   *
   * @param request its number
   */
  default void other(int request, Message message) throws IOException {
    throw FailureException.of(ErrorCode.CANNOT_BE, "this side answers no such request here");
  }

  /** A notice has come: the newest of those that were not yet told. */
  default void notice(Message.Progress progress) {}

  /** The link has ended. Comes once, by any thread; others may still be under way. */
  default void lost(LinkLostException why) {}
}

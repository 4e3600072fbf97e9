package dev.cairn.transport.link;

import dev.cairn.store.Id;
import dev.cairn.transport.wire.Message;
import java.io.IOException;

/**
 * Answers what comes in on one link. Called one by one, in the order in which it came, by a thread
 * that does nothing else: it may wait, and answers to what this side has asked come in meanwhile.
 * What is better done beside it goes on elsewhere, and is answered from there, by its number.
 *
 * <p>What one throws is answered: a {@link FailureException} by its own words, a {@link
 * dev.cairn.store.StoreException} by the code that its exit has, any other by code 1.
 */
public interface Requests {
  /**
   * FETCH has come: the offset is not negative, the length 1 byte to 1 MiB, nothing more is known.
   */
  void fetch(int request, long file, long offset, int length) throws IOException;

  /** PAGES has come: 1 to 512 pages, nothing more is known. */
  void pages(int request, Id checkpoint, int block, long page, int count) throws IOException;

  /**
   * Another request has come.
   *
   * @param request its number
   */
  void other(int request, Message message) throws IOException;

  /** A notice has come: the newest of those that were not yet told. */
  default void notice(Message.Progress progress) {}

  /** The link has ended. Comes once, by any thread; others may still be under way. */
  default void lost(LinkLostException why) {}
}

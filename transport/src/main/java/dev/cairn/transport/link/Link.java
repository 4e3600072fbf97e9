package dev.cairn.transport.link;

import dev.cairn.transport.wire.Agreement;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * One connection of a session. Thread-safe: anyone may ask, answer and close.
 *
 * <ul>
 *   <li>What is sent arrives whole, unchanged and in order, or the link ends.
 *   <li>Every request that was asked gets one outcome: its answer, the peer's word that there is
 *       none, or the end of the link. A peer that says nothing has ended after {@link
 *       LinkSettings#lost}.
 *   <li>Answers come in any order. Nobody who waits to send holds up who reads, but for pages that
 *       are answered while the link is read ({@link Requests#answersWhileReading}).
 * </ul>
 *
 * <p>A thread that is interrupted while it sends may end the link.
 */
public interface Link extends Closeable {
  /** Returns the peer's name for errors, such as {@code tcp:HOST:PORT (data)}. */
  String name();

  LinkKind kind();

  Agreement agreement();

  /** Returns how many more requests can be asked without waiting. */
  int room();

  /**
   * Asks for bytes of a file; waits while there is no room.
   *
   * @param into as long as what is asked for, 1 byte to 1 MiB; lent until the outcome
   */
  void fetch(long file, long offset, MemorySegment into, Outcome outcome) throws LinkLostException;

  /**
   * Returns how long a stretch of a file this link likes to be told of before its bytes are
   * fetched, bytes; 0 if it makes no difference.
   */
  default int stretch() {
    return 0;
  }

  /**
   * Says that this memory will be fetched into, again and again. It may be used by the link until
   * the link has ended.
   */
  default void lend(MemorySegment memory) {}

  /**
   * Says that a stretch of a file will be fetched on this link, in pieces of a MiB.
   *
   * @param length at most {@link #stretch()}
   */
  default void expect(long file, long offset, int length) throws LinkLostException {}

  /**
   * Asks for pages; waits while there is no room.
   *
   * @param entries gets {@link dev.cairn.transport.wire.PageEntries}, one for each page; lent until
   *     the outcome
   * @param into gets the bytes of those that have any, one behind another; as long as all pages
   *     are, lent until the outcome
   */
  void fetchPages(Message.Pages pages, MemorySegment entries, MemorySegment into, Outcome outcome)
      throws LinkLostException;

  /** Asks anything else; waits while there is no room. */
  void ask(Message request, Answer answer) throws LinkLostException;

  /** Answers a request, in one frame. Waits until the peer can take it. */
  void answer(int request, Message message) throws LinkLostException;

  /** Begins an answer with a stream, but not that of FETCH. */
  AnswerStream answerStream(int request, Message head) throws LinkLostException;

  /** Answers FETCH with all of its bytes. Waits until the peer can take them. */
  default void answerData(int request, MemorySegment bytes) throws LinkLostException {
    answerData(request, bytes, false);
  }

  /**
   * Answers FETCH with the next of its bytes, straight from the memory where they are.
   *
   * @param bytes whole frames ({@link dev.cairn.transport.wire.FrameHeader#MOST_PAYLOAD}) if more
   *     follow; the caller's again when this returns
   * @param more whether more follow
   */
  void answerData(int request, MemorySegment bytes, boolean more) throws LinkLostException;

  /**
   * Answers WINDOW.
   *
   * @param bytes of the file, mapped for reading alone
   * @param freed run when the peer cannot read them any more, also when this fails
   * @throws IOException if the memory cannot be registered: it is not answered then
   */
  void answerWindow(int request, MemorySegment bytes, Runnable freed) throws IOException;

  /**
   * Answers PAGES. Waits until the peer can take it.
   *
   * @param entries one for each page
   * @param bytes of those that have any, one behind another
   */
  void answerPages(int request, MemorySegment entries, MemorySegment bytes)
      throws LinkLostException;

  /** Answers that a request is not done; also behind a part of its answer. */
  void fail(int request, Message.Failure failure) throws LinkLostException;

  /** Sends a notice. */
  void notice(Message.Progress progress) throws LinkLostException;

  /** Ends the link, and tells the peer why, if that is still possible. Does not wait. */
  void end(Message.Failure why);

  /** Ends the link; who waits in it, or for an answer, is told. Does not wait. */
  @Override
  void close();
}

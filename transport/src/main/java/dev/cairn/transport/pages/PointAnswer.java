package dev.cairn.transport.pages;

import dev.cairn.chain.PointView;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.StoredSection;
import dev.cairn.transport.link.AnswerStream;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.PointHead;
import dev.cairn.transport.wire.PointHeadBytes;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The answer to POINT: head, then one section of the device state at a time. Stateless. */
public final class PointAnswer {
  /** What goes in one piece: it is counted, and what is urgent goes in between. */
  private static final int PIECE = 64 << 10;

  private PointAnswer() {}

  /** Counts what goes out, and lends the memory for it. */
  public interface Account {
    /** Nobody counts. */
    Account NONE = new Account() {};

    /** So many bytes are about to be sent; may wait. */
    default void count(long bytes) throws IOException {}

    /** So many bytes of memory are needed until the result is closed. */
    default Lease take(long bytes) throws IOException {
      return () -> {};
    }
  }

  /** Memory that is lent. */
  @FunctionalInterface
  public interface Lease extends Closeable {
    @Override
    void close();
  }

  /**
   * Answers POINT.
   *
   * @param label that the point has by now
   */
  public static void send(Link link, int request, PointView view, String label, Account account)
      throws IOException {
    Point point = view.point();
    List<PointHead.Section> sections =
        point.sections().stream()
            .map(s -> new PointHead.Section(s.name(), s.version(), s.crc(), s.length()))
            .toList();
    byte[] head = PointHeadBytes.write(new PointHead(label, view.layout(), sections));
    Message.PointIs is =
        new Message.PointIs(
            point.checkpoint(), point.time(), view.layout().pageSize(), head.length);
    AnswerStream answer = link.answerStream(request, is);
    write(answer, MemorySegment.ofArray(head), account);
    for (StoredSection section : point.sections()) {
      // Of one section at a time: what is stored, and what that decodes to.
      try (Lease _ = account.take(section.storedLength() + section.length())) {
        write(answer, MemorySegment.ofArray(view.section(section)), account);
      }
    }
    answer.end();
  }

  private static void write(AnswerStream answer, MemorySegment bytes, Account account)
      throws IOException {
    for (long at = 0; at < bytes.byteSize(); at += PIECE) {
      long length = Math.min(PIECE, bytes.byteSize() - at);
      account.count(length);
      answer.write(bytes.asSlice(at, length));
    }
  }
}

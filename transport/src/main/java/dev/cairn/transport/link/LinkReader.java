package dev.cairn.transport.link;

import dev.cairn.store.BadInputException;
import dev.cairn.store.DeviceSection;
import dev.cairn.transport.link.Outstanding.Ask;
import dev.cairn.transport.wire.FrameHeader;
import dev.cairn.transport.wire.FrameType;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.MessageReader;
import dev.cairn.transport.wire.PageEntries;
import dev.cairn.transport.wire.Role;
import dev.cairn.transport.wire.Versions;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads a link: gives answers to who asked, and requests to who answers. For one thread, which
 * waits for the peer alone, and for pages that are answered meanwhile ({@link
 * Requests#answersWhileReading}).
 */
final class LinkReader {
  private static final int PAGES_BYTES = 16 + 8 + 2 + 2;
  private static final int FETCH_BYTES = 8 + 8 + 4;

  private final FrameInput input;
  private final FramedLink.Place place;
  private final Outstanding outstanding;
  private final Arrivals arrivals;
  private final LinkWatch watch;
  private final LinkWindows windows;

  /**
   * Makes one.
   *
   * @param windows of this side or the peer, where there are any
   */
  LinkReader(
      FrameInput input,
      FramedLink.Place place,
      Outstanding outstanding,
      Arrivals arrivals,
      LinkWatch watch,
      LinkWindows windows) {
    this.input = input;
    this.place = place;
    this.outstanding = outstanding;
    this.arrivals = arrivals;
    this.watch = watch;
    this.windows = windows;
  }

  /** Reads until the end; returns why. */
  IOException run() {
    try {
      while (true) {
        read(input.next());
      }
    } catch (IOException e) {
      return e;
    } catch (RuntimeException e) {
      return new LinkLostException("a defect of who takes answers", e);
    }
  }

  private void read(FrameHeader header) throws IOException {
    FrameType type = header.type();
    int request = header.request();
    requireLegal(type, request);
    switch (type) {
      case HELLO, WELCOME -> throw new BadInputException("expected no second " + type);
      case ERROR -> error(request, (Message.Failure) message(type));
      case PING -> watch.pong(request, ((Message.Ping) message(type)).value());
      case PONG -> {
        message(type);
        if (!watch.isOwn(request)) {
          throw new BadInputException("expected a PONG to a PING, found one to none");
        }
      }
      case PROGRESS -> arrivals.notice((Message.Progress) message(type));
      case FETCH -> fetch(request);
      case PAGES -> pages(request);
      case WINDOW -> {
        windows.want();
        arrivals.other(request, type, message(type));
      }
      case WINDOW_DONE -> windows.done(((Message.WindowDone) message(type)).number());
      case LOOK, OPEN, HOLD, RELEASE, POINT, OFFER, RATE ->
          arrivals.other(request, type, message(type));
      case SEEN, HELD, RELEASED, TAKEN, RATED, WINDOW_IS -> {
        Ask ask = outstanding.of(request, type);
        Message message = message(type);
        tell(() -> ask.taker().head(message));
        outstanding.done(request);
      }
      case OPENED, POINT_IS -> covered(header, outstanding.of(request, type));
      case DATA -> data(header, outstanding.of(request, type));
      case PAGES_ARE -> pagesAre(header, outstanding.of(request, type));
    }
  }

  private void requireLegal(FrameType type, int request) throws BadInputException {
    boolean here =
        switch (type.place()) {
          case ANY -> true;
          case CONTROL -> place.kind() == LinkKind.CONTROL;
          case DATA -> place.kind() == LinkKind.DATA;
          case NOT_CONTROL -> place.kind() != LinkKind.CONTROL;
        };
    Role role = place.agreement().role();
    Versions.Side peer = Versions.side(role, !place.isServer());
    boolean theirs =
        switch (type.who()) {
          case ANY -> true;
          case CLIENT -> place.isServer();
          case SERVER -> !place.isServer();
          case RECEIVER -> peer == Versions.Side.RECEIVER;
          case SOURCE -> peer == Versions.Side.SOURCE;
          case ADMIN -> place.isServer() && role == Role.ADMIN;
        };
    if (!here || !theirs) {
      throw new BadInputException(
          "expected no %s of a %s on a %s link, found one"
              .formatted(type, peer, place.kind().text()));
    }
    boolean isNotice = type.isNotice();
    if (type != FrameType.ERROR && isNotice != (request == 0)) {
      throw new BadInputException(
          "request of %s: expected %s, found %s"
              .formatted(type, isNotice ? "0" : "a number", Integer.toUnsignedString(request)));
    }
  }

  private Message message(FrameType type) throws IOException {
    return MessageReader.read(type, input.payload());
  }

  private void error(int request, Message.Failure failure) throws IOException {
    FailureException why = new FailureException(failure);
    if (request == 0) {
      throw new LinkLostException("the peer ends the link: " + why.getMessage(), why);
    }
    outstanding.of(request, FrameType.ERROR);
    outstanding.failed(request, why);
  }

  private void fetch(int request) throws IOException {
    ByteBuffer in = payload(FETCH_BYTES);
    long file = in.getLong();
    long offset = in.getLong();
    int length = in.getInt();
    if (offset < 0 || length < 1 || length > Message.MOST_FETCH) {
      throw new BadInputException(
          "FETCH: expected 1 to %d bytes, found %d at %s"
              .formatted(Message.MOST_FETCH, length, Long.toUnsignedString(offset)));
    }
    arrivals.fetch(request, file, offset, length);
  }

  private void pages(int request) throws IOException {
    ByteBuffer in = payload(PAGES_BYTES);
    in.order(ByteOrder.BIG_ENDIAN); // an id is bytes
    long high = in.getLong();
    long low = in.getLong();
    in.order(ByteOrder.LITTLE_ENDIAN);
    long page = in.getLong();
    int block = Short.toUnsignedInt(in.getShort());
    int count = Short.toUnsignedInt(in.getShort());
    if (count < 1 || count > Message.MOST_PAGES || page < 0 || page > Long.MAX_VALUE - count) {
      throw new BadInputException(
          "PAGES: expected 1 to %d pages, found %d at %s"
              .formatted(Message.MOST_PAGES, count, Long.toUnsignedString(page)));
    }
    arrivals.pages(request, high, low, page, block, count);
  }

  private ByteBuffer payload(int length) throws IOException {
    ByteBuffer in = input.payload();
    if (in.remaining() != length) {
      throw new BadInputException(
          "payload: expected %d bytes, found %d".formatted(length, in.remaining()));
    }
    return in;
  }

  private void data(FrameHeader header, Ask ask) throws IOException {
    input.fixed(0, ask.entries(), 0);
    if (ask.begin()) {
      ask.expect(ask.into().byteSize());
    }
    stream(header, ask, header.length());
  }

  private void pagesAre(FrameHeader header, Ask ask) throws IOException {
    int fixed = 0;
    if (ask.begin()) {
      int count = ask.count();
      if (input.peek() != count) { // and zero behind it
        throw new BadInputException(
            "PAGES_ARE: expected %d pages, found %s"
                .formatted(count, Integer.toUnsignedString(input.peek())));
      }
      input.fixed(4, ask.entries(), count * PageEntries.BYTES);
      fixed = 4 + count * PageEntries.BYTES;
      long plain = 0;
      for (int i = 0; i < count; i++) {
        int kind = PageEntries.kind(ask.entries(), i);
        if (kind != PageEntries.ZERO && kind != PageEntries.PLAIN) {
          throw new BadInputException("PAGES_ARE: expected kind 0 or 1, found " + kind);
        }
        plain += kind;
      }
      ask.expect(plain * (ask.into().byteSize() / count));
    } else {
      input.fixed(0, ask.entries(), 0);
    }
    stream(header, ask, header.length() - fixed);
  }

  /** Takes what of a frame belongs to the stream. */
  private void stream(FrameHeader header, Ask ask, int bytes) throws IOException {
    long at = ask.got();
    int request = header.request();
    boolean more = header.more();
    ask.add(bytes, more);
    input.read(ask.into(), at, bytes);
    if (!more) {
      outstanding.done(request);
    }
  }

  private void covered(FrameHeader header, Ask ask) throws IOException {
    int request = header.request();
    boolean more = header.more();
    ByteBuffer payload = input.covered();
    if (ask.begin()) {
      Message head = MessageReader.read(header.type(), payload);
      switch (head) {
        case Message.Opened opened -> ask.expect(opened.length());
        case Message.PointIs is -> ask.expectUpTo(is.length(), DeviceSection.MAX_LENGTH);
        default -> throw new IllegalStateException("no such stream");
      }
      tell(() -> ask.taker().head(head));
    }
    ask.add(payload.remaining(), more);
    if (payload.hasRemaining()) {
      tell(() -> ask.taker().bytes(MemorySegment.ofBuffer(payload)));
    }
    if (!more) {
      outstanding.done(request);
    }
  }

  /** What somebody does with an answer. */
  private interface Told {
    void tell() throws IOException;
  }

  /** What is told of an answer that makes no sense is the peer's fault. */
  private static void tell(Told told) throws IOException {
    try {
      told.tell();
    } catch (IOException e) {
      BadInputException fault = new BadInputException("an answer: " + e.getMessage());
      fault.initCause(e);
      throw fault;
    }
  }
}

package dev.cairn.transport.wire;

import dev.cairn.store.BadInputException;
import dev.cairn.store.StoreException;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;

/**
 * Reads payloads that may be hostile: takes no memory but for what is there, and gives only what
 * can be sent. Stateless.
 */
public final class MessageReader {
  private MessageReader() {}

  /**
   * Reads the fixed fields of a message; a stream, and the entries of PAGES_ARE, are left.
   *
   * @param in little-endian, from its position to its limit
   * @throws BadInputException if no such message is like that
   * @throws dev.cairn.store.RefusedException if it demands what this version does not know
   */
  public static Message read(FrameType type, ByteBuffer in) throws StoreException {
    Message message;
    try {
      message = fields(type, in);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new BadInputException(type + ": " + e.getMessage());
    }
    if (in.hasRemaining() && !type.hasStream()) {
      throw new BadInputException(
          type + ": expected the end of the payload, found " + in.remaining() + " bytes more");
    }
    return message;
  }

  private static Message fields(FrameType type, ByteBuffer in) throws StoreException {
    return switch (type) {
      case HELLO -> GreetingText.readHello(in);
      case WELCOME -> GreetingText.readWelcome(in);
      case ERROR -> failure(in);
      case PING -> new Message.Ping(Fields.i64(in));
      case PONG -> new Message.Pong(Fields.i64(in));
      case LOOK -> {
        int flags = flags(in, MessageWriter.BY_ID);
        yield new Message.Look(flags != 0, Fields.text(in), Fields.text(in));
      }
      case SEEN -> new Message.Seen(Fields.i64(in), Fields.id(in), Fields.id(in), Fields.i32(in));
      case OPEN -> {
        String token = Fields.text(in);
        int flags = flags(in, MessageWriter.ONLY | MessageWriter.BY_ID);
        yield new Message.Open(
            token,
            (flags & MessageWriter.ONLY) != 0,
            (flags & MessageWriter.BY_ID) != 0,
            Fields.text(in),
            Fields.text(in));
      }
      case OPENED -> new Message.Opened(Fields.i64(in), Fields.id(in), Fields.i32(in));
      case HOLD -> new Message.Hold(Fields.text(in), Fields.text(in));
      case HELD -> new Message.Held(Fields.i64(in), Fields.id(in));
      case RELEASE -> new Message.Release(Fields.text(in), Fields.text(in));
      case RELEASED -> new Message.Released();
      case POINT -> new Message.Point(Fields.id(in));
      case POINT_IS -> pointIs(in);
      case OFFER ->
          new Message.Offer(
              Fields.i64(in),
              Fields.id(in),
              Fields.id(in),
              Fields.i32(in),
              flags(in, MessageWriter.ONLY) != 0,
              Fields.text(in));
      case TAKEN -> new Message.Taken(Fields.i64(in), Fields.id(in));
      case PROGRESS -> new Message.Progress(Fields.i64(in), Fields.i64(in));
      case RATE -> new Message.Rate(Fields.i64(in));
      case RATED -> new Message.Rated();
      case FETCH -> new Message.Fetch(Fields.i64(in), Fields.i64(in), Fields.i32(in));
      case DATA -> new Message.Data();
      case WINDOW -> new Message.Window(Fields.i64(in), Fields.i64(in), Fields.i32(in));
      case WINDOW_IS ->
          new Message.WindowIs(Fields.i32(in), Fields.i32(in), Fields.i64(in), Fields.i32(in));
      case WINDOW_DONE -> new Message.WindowDone(Fields.i32(in));
      case PAGES ->
          new Message.Pages(Fields.id(in), Fields.i64(in), Fields.u16(in), Fields.u16(in));
      case PAGES_ARE -> {
        int count = Fields.u16(in);
        if (Fields.u16(in) != 0) {
          throw new IllegalArgumentException("expected zero behind the count");
        }
        yield new Message.PagesAre(count);
      }
    };
  }

  private static Message failure(ByteBuffer in) throws BadInputException {
    int number = Fields.u16(in);
    ErrorCode code =
        ErrorCode.of(number)
            .orElseThrow(() -> new IllegalArgumentException("no error has code " + number));
    return new Message.Failure(
        code, Fields.text(in), Fields.text(in), Fields.text(in), Fields.text(in));
  }

  private static Message pointIs(ByteBuffer in) throws BadInputException {
    long point = Fields.i64(in);
    long seconds = Fields.i64(in);
    int nanos = Fields.i32(in);
    if (nanos < 0 || nanos > 999_999_999) {
      throw new IllegalArgumentException("nanos " + Integer.toUnsignedString(nanos));
    }
    Instant time = Instant.ofEpochSecond(seconds, nanos);
    return new Message.PointIs(point, time, Fields.i32(in), Fields.i32(in));
  }

  private static int flags(ByteBuffer in, int known) throws BadInputException {
    int flags = Fields.u16(in);
    if ((flags & ~known) != 0) {
      throw new IllegalArgumentException("flags " + flags);
    }
    return flags;
  }
}

package dev.cairn.transport.wire;

import dev.cairn.store.Id;
import java.nio.ByteBuffer;
import java.time.Instant;

/** Writes payloads. Stateless. */
public final class MessageWriter {
  static final int ONLY = 1;
  static final int BY_ID = 2;

  private MessageWriter() {}

  /**
   * Writes the fixed fields of a message; a stream, and the entries of PAGES_ARE, come behind them.
   *
   * @param out little-endian, with room for {@link FrameHeader#MOST_PLAIN} bytes
   */
  public static void put(Message message, ByteBuffer out) {
    switch (message) {
      case Hello hello -> out.put(GreetingText.write(hello));
      case Welcome welcome -> out.put(GreetingText.write(welcome));
      case Message.Failure m -> {
        out.putShort((short) m.code().number());
        Fields.putText(out, m.what());
        Fields.putText(out, m.expected());
        Fields.putText(out, m.actual());
        Fields.putText(out, m.next());
      }
      case Message.Ping m -> out.putLong(m.value());
      case Message.Pong m -> out.putLong(m.value());
      case Message.Look m -> {
        putFlags(out, false, m.byId());
        Fields.putText(out, m.chain());
        Fields.putText(out, m.point());
      }
      case Message.Seen m -> {
        putPoint(out, m.point(), m.checkpoint());
        Fields.putId(out, m.chain());
        out.putInt(m.pageSize());
      }
      case Message.Open m -> {
        Fields.putText(out, m.token());
        putFlags(out, m.only(), m.byId());
        Fields.putText(out, m.chain());
        Fields.putText(out, m.point());
      }
      case Message.Opened m -> {
        putPoint(out, m.point(), m.checkpoint());
        out.putInt(m.length());
      }
      case Message.Hold m -> {
        Fields.putText(out, m.token());
        Fields.putText(out, m.chain());
      }
      case Message.Held m -> putPoint(out, m.point(), m.checkpoint());
      case Message.Release m -> {
        Fields.putText(out, m.token());
        Fields.putText(out, m.chain());
      }
      case Message.Released _, Message.Rated _, Message.Data _ -> {}
      case Message.Point m -> Fields.putId(out, m.checkpoint());
      case Message.PointIs m -> {
        out.putLong(m.point());
        Instant time = m.time();
        out.putLong(time.getEpochSecond()).putInt(time.getNano());
        out.putInt(m.pageSize()).putInt(m.length());
      }
      case Message.Offer m -> {
        putPoint(out, m.point(), m.checkpoint());
        Fields.putId(out, m.chain());
        out.putInt(m.pageSize());
        putFlags(out, m.only(), false);
        Fields.putText(out, m.name());
      }
      case Message.Taken m -> putPoint(out, m.point(), m.checkpoint());
      case Message.Progress m -> out.putLong(m.certified()).putLong(m.all());
      case Message.Rate m -> out.putLong(m.bytesPerSecond());
      case Message.Fetch m -> putFetch(out, m.file(), m.offset(), m.length());
      case Message.Window m -> putFetch(out, m.file(), m.offset(), m.length());
      case Message.WindowIs m ->
          out.putInt(m.number()).putInt(m.length()).putLong(m.address()).putInt(m.rkey());
      case Message.WindowDone m -> out.putInt(m.number());
      case Message.Pages m -> putPages(out, m.checkpoint(), m.page(), m.block(), m.count());
      case Message.PagesAre m -> out.putShort((short) m.count()).putShort((short) 0);
    }
  }

  /** Writes a FETCH without a value of its own. */
  public static void putFetch(ByteBuffer out, long file, long offset, int length) {
    out.putLong(file).putLong(offset).putInt(length);
  }

  /** Writes a PAGES without a value of its own. */
  public static void putPages(ByteBuffer out, Id checkpoint, long page, int block, int count) {
    Fields.putId(out, checkpoint);
    out.putLong(page).putShort((short) block).putShort((short) count);
  }

  private static void putPoint(ByteBuffer out, long point, Id checkpoint) {
    out.putLong(point);
    Fields.putId(out, checkpoint);
  }

  private static void putFlags(ByteBuffer out, boolean only, boolean byId) {
    out.putShort((short) ((only ? ONLY : 0) | (byId ? BY_ID : 0)));
  }
}

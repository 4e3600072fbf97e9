package dev.cairn.transport.wire;

import dev.cairn.store.Id;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** One message of each type, and its frame. Stateless. */
public final class Samples {
  private static final Id CHECKPOINT = new Id(0x0011223344556677L, 0x8899aabbccddeeffL);
  private static final Id CHAIN = new Id(0x0123456789abcdefL, 0xfedcba9876543210L);

  private Samples() {}

  /** Returns what a side of version 1 can do. */
  public static Abilities abilities() {
    return new Abilities(
        new VersionRange(1, 1),
        new VersionRange(1, 1),
        new TreeSet<>(Set.of(4096)),
        new TreeSet<>(Set.of("plain", "lz4", "zstd")),
        4,
        64,
        new TreeSet<>(),
        "Cairn 0.1 (ü)");
  }

  /** Returns one message of each type, in the order of their numbers. */
  public static List<Message> all() {
    return List.of(
        new Hello(
            Role.PULL,
            LinkKind.CONTROL,
            Optional.empty(),
            abilities(),
            Optional.of(new Hello.Token("host b", "q80_-wEC"))),
        new Welcome(Optional.of("00112233445566778899aabbccddeeff"), abilities()),
        new Message.Failure(ErrorCode.NO_SUCH, "chain vm1", "one", "none", "cairn list"),
        new Message.Ping(0x0102030405060708L),
        new Message.Pong(0x0102030405060708L),
        new Message.Look(false, "vm1", "latest"),
        new Message.Seen(64, CHECKPOINT, CHAIN, 4096),
        new Message.Open("t-1", true, true, "vm1", CHECKPOINT.toString()),
        new Message.Opened(64, CHECKPOINT, 300),
        new Message.Hold("t-1", "vm1"),
        new Message.Held(64, CHECKPOINT),
        new Message.Release("t-1", "vm1"),
        new Message.Released(),
        new Message.Point(CHECKPOINT),
        new Message.PointIs(64, Instant.ofEpochSecond(1_796_000_000L, 5), 4096, 40),
        new Message.Offer(64, CHECKPOINT, CHAIN, 4096, true, "vm1"),
        new Message.Taken(64, CHECKPOINT),
        new Message.Progress(1 << 20, 5L << 30),
        new Message.Rate(125_000_000),
        new Message.Rated(),
        new Message.Fetch(0x9c1e77aa03b4d1f0L, 1 << 20, 1 << 20),
        new Message.Data(),
        new Message.Window(0x9c1e77aa03b4d1f0L, 1 << 20, 64 << 20),
        new Message.WindowIs(3, 64 << 20, 0x7f00_0010_0000L, 0x1122),
        new Message.WindowDone(3),
        new Message.Pages(CHECKPOINT, 123_456_789_012L, 3, 2),
        new Message.PagesAre(2));
  }

  /** Returns what follows the fixed fields in the sample of a type: of a stream, or entries. */
  private static byte[] behind(FrameType type) {
    return switch (type) {
      case OPENED, POINT_IS, DATA -> new byte[] {'b', 'y', 't', 'e', 's'};
      case PAGES_ARE -> {
        ByteBuffer entries = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        yield entries.putInt(PageEntries.PLAIN).putInt(0x11223344).putInt(0).putInt(5).array();
      }
      default -> new byte[0];
    };
  }

  /** Returns a preamble and a frame of each type but the other greeting, sound throughout. */
  public static byte[] conversation(FrameType greeting) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer preamble = ByteBuffer.allocate(Preamble.BYTES);
    Preamble.put(preamble, new VersionRange(1, 1));
    all.writeBytes(preamble.array());
    for (Message message : all()) {
      FrameType type = FrameType.of(message);
      boolean greets = type == FrameType.HELLO || type == FrameType.WELCOME;
      if (greets && type != greeting) {
        continue;
      }
      if (message instanceof Message.PointIs is) {
        byte[] head =
            PointHeadBytes.write(
                new PointHead(
                    "nightly",
                    new RamLayout(
                        4096, List.of(new RamBlock("pc.ram", 1 << 20), new RamBlock("rom", 8192))),
                    List.of(new PointHead.Section("qemu-devices", 1, 77, 200_000))));
        Message sound = new Message.PointIs(is.point(), is.time(), 4096, head.length);
        all.writeBytes(frame(sound, head));
      } else {
        all.writeBytes(frame(message));
      }
    }
    return all.toByteArray();
  }

  /** Returns a whole frame. */
  public static byte[] frame(Message message) {
    return frame(message, behind(FrameType.of(message)));
  }

  private static byte[] frame(Message message, byte[] behind) {
    FrameType type = FrameType.of(message);
    ByteBuffer out = FrameHeader.buffer(FrameHeader.BYTES + FrameHeader.MOST_PAYLOAD);
    out.position(FrameHeader.BYTES);
    MessageWriter.put(message, out);
    out.put(behind);
    int payload = out.position() - FrameHeader.BYTES;
    int covered = type == FrameType.DATA ? 0 : payload;
    int request = type.isNotice() ? 0 : type == FrameType.HELLO ? 1 : 7;
    new FrameHeader().put(out, 0, type, request, false, covered, payload);
    byte[] bytes = new byte[out.position()];
    out.get(0, bytes);
    return bytes;
  }
}

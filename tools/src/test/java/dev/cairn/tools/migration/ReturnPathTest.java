package dev.cairn.tools.migration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.BadInputException;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a destination says, and what is refused of it. */
class ReturnPathTest {
  private static final int PAGE = StreamWords.PAGE;
  private static final RamLayout LAYOUT =
      new RamLayout(
          PAGE, List.of(new RamBlock("pc.ram", 100L * PAGE), new RamBlock("rom", 64L * PAGE)));

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void free() {
    arena.close();
  }

  private ReturnPath path(byte[] bytes, int piece) {
    SocketInput in =
        new SocketInput(Pieces.cut(bytes, piece), arena.allocate(512), SocketInput.Watch.NONE);
    return new ReturnPath(in, LAYOUT);
  }

  private static MadeStream bitmap(String block, long bytes) {
    return new MadeStream().be16(5).be16(1 + block.length()).name(block).be64(bytes);
  }

  private void isBad(MadeStream message, long offset, String... words) {
    String said =
        String.valueOf(
            assertThrows(
                    BadInputException.class, () -> path(message.bytes(), message.length()).read())
                .getMessage());
    assertTrue(said.contains(" at offset " + offset + ": expected "), said);
    for (String word : words) {
      assertTrue(said.contains(word), () -> "'" + word + "' in: " + said);
    }
  }

  @Test
  void everyMessageIsRead() throws IOException {
    MadeStream made =
        new MadeStream()
            .raw(ReturnPath.pong(3))
            .be16(3)
            .be16(0x13)
            .be64(0x10_000)
            .be32(0x1000)
            .name("pc.ram")
            .be16(4)
            .be16(12)
            .be64(99L * PAGE)
            .be32(PAGE);
    made.raw(bitmap("pc.ram", 16).u8(1, 0x80).raw(new byte[14]).bytes()).be64(0x0123456789abcdefL);
    made.be16(6).be16(4).be32(1).be16(7).be16(0).raw(ReturnPath.shut(0));
    for (int piece : new int[] {1, 7, made.length()}) {
      ReturnPath path = path(made.bytes(), piece);
      assertEquals(new ReturnPath.Pong(3), path.read());
      assertEquals(new ReturnPath.Request("pc.ram", 0x10_000, PAGE), path.read());
      assertEquals(new ReturnPath.Request("pc.ram", 99 * PAGE, PAGE), path.read());
      ReturnPath.Received received = assertInstanceOf(ReturnPath.Received.class, path.read());
      assertEquals("pc.ram", received.block());
      assertArrayEquals(new long[] {0x8001, 0}, received.received());
      assertEquals(new ReturnPath.ResumeAck(1), path.read());
      assertEquals(new ReturnPath.SwitchoverAck(), path.read());
      assertEquals(new ReturnPath.Shut(0), path.read());
      assertThrows(BadInputException.class, path::read);
    }
  }

  @Test
  void bitsBehindTheLastPageAreLeftOut() throws IOException {
    byte[] ones = new byte[16];
    Arrays.fill(ones, (byte) 0xff);
    MadeStream message = bitmap("pc.ram", 16).raw(ones).be64(0x0123456789abcdefL);
    ReturnPath.Received received =
        assertInstanceOf(ReturnPath.Received.class, path(message.bytes(), 5).read());
    assertArrayEquals(new long[] {-1, (1L << 36) - 1}, received.received());
    message = bitmap("rom", 8).be64(-1).be64(0x0123456789abcdefL);
    received = assertInstanceOf(ReturnPath.Received.class, path(message.bytes(), 5).read());
    assertArrayEquals(new long[] {-1}, received.received());
  }

  @Test
  void theBytesOfAnswersAreQemus() {
    HexFormat hex = HexFormat.of();
    assertEquals("0001000400000001", hex.formatHex(ReturnPath.shut(1)));
    assertEquals("00020004deadbeef", hex.formatHex(ReturnPath.pong(0xdeadbeefL)));
    assertEquals(
        "0000000500000006",
        hex.formatHex(ColoMessage.bytes(ColoMessage.VMSTATE_RECEIVED, ColoMessage.VMSTATE_LOADED)));
  }

  @Test
  void unknownMessagesAreRefused() {
    isBad(new MadeStream().be16(0).be16(4).be32(0), 0, "type 1..7", "found 0");
    isBad(new MadeStream().be16(8).be16(0), 0, "type 1..7", "found 8");
    isBad(new MadeStream().be16(0xffff).be16(0), 0, "found 65535");
  }

  @Test
  void otherLengthsAreRefused() {
    for (int type : new int[] {1, 2, 6}) {
      isBad(new MadeStream().be16(type).be16(5).be64(0), 2, "length of a message", "4, found 5");
    }
    isBad(new MadeStream().be16(7).be16(1).u8(0), 2, "0, found 1");
    isBad(new MadeStream().be16(4).be16(13).be64(0).be64(PAGE), 2, "12, found 13");
    isBad(new MadeStream().be16(3).be16(13).be64(0).be64(PAGE), 2, "at least 14");
    MadeStream request = new MadeStream().be16(3).be16(0x14).be64(0).be32(PAGE).name("pc.ram");
    isBad(request, 2, "19, found 20");
    isBad(new MadeStream().be16(5).be16(8).name("pc.ram").be64(16), 2, "7, found 8");
  }

  @Test
  void requestsBeyondTheirBlockAreRefused() {
    for (long[] range :
        new long[][] {
          {100L * PAGE, PAGE},
          {99L * PAGE, 2 * PAGE},
          {-PAGE, PAGE},
          {Long.MIN_VALUE, PAGE},
          {0, 0},
          {1, PAGE},
          {0, 100},
          {0, 0xffff_f000L}
        }) {
      MadeStream request = new MadeStream().be16(3).be16(0x13).be64(range[0]).be32(range[1]);
      isBad(request.name("pc.ram"), 0, "pages within the 409600 bytes of pc.ram");
    }
  }

  @Test
  void blocksThatTheMachineLacksAreRefused() {
    isBad(
        new MadeStream().be16(3).be16(0x13).be64(0).be32(PAGE).name("pc.rom"),
        16,
        "one of the machine's",
        "found pc.rom");
    isBad(bitmap("pc.rom", 8), 4, "found pc.rom");
    isBad(new MadeStream().be16(4).be16(12).be64(0).be32(PAGE), 0, "none was named before");
  }

  @Test
  void bitmapsOfAnotherLengthAllocateNothing() {
    for (long size : new long[] {8, 24, 0, -1, 1L << 40}) {
      isBad(bitmap("pc.ram", size), 11, "bitmap of pc.ram", "16, found");
    }
  }

  @Test
  void aBitmapWithoutItsEndIsRefused() {
    MadeStream message = bitmap("rom", 8).be64(-1);
    isBad(message.be64(0x0123456789abcdeeL), 16 + 8, "123456789abcdef, found 123456789abcdee");
  }

  @Test
  void messagesThatAreCutAreRefusedAtEveryLength() {
    byte[] message = bitmap("rom", 8).be64(-1).be64(0x0123456789abcdefL).bytes();
    for (int length = 0; length < message.length; length++) {
      byte[] cut = Arrays.copyOf(message, length);
      assertThrows(BadInputException.class, () -> path(cut, 100).read());
    }
  }
}

package dev.cairn.tools.resume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Progress;
import dev.cairn.store.BadInputException;
import dev.cairn.store.RamBlock;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a destination may not say. */
@Timeout(60)
class HostileDestinationTest {
  private final SyntheticMachine machine =
      new SyntheticMachine(new RamBlock("pc.ram", 1 << 20), new RamBlock("rom", 8192));

  /** Has a source hear some bytes, and returns how it ends. */
  private IOException hear(PostcopyState first, byte[]... answers) {
    MemoryConnection[] ends = MemoryConnection.pair(64 << 10);
    Thread peer =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  try (Arena arena = Arena.ofConfined()) {
                    for (byte[] answer : answers) {
                      ends[1].write(MemorySegment.ofArray(answer));
                    }
                    MemorySegment sink = arena.allocate(4096);
                    int count = 0;
                    while (count >= 0) {
                      count = ends[1].read(sink);
                    }
                  } catch (IOException _) {
                    // The source has hung up.
                  }
                });
    PostcopySource.Supplies supplies =
        new PostcopySource.Supplies(machine, new Tally(), new Rate(0), Progress.NONE);
    PostcopySource source = new PostcopySource(machine.machine(), supplies, first, () -> {});
    IOException failure = assertThrows(IOException.class, () -> source.run(ends[0]));
    try {
      peer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return failure;
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  private static byte[] bitmap(String block, int words) {
    byte[] name = block.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(5 + name.length + 16 + words * 8)
        .putShort((short) 5)
        .putShort((short) (name.length + 1))
        .put((byte) name.length)
        .put(name)
        .putLong(words * 8L)
        .put(new byte[words * 8])
        .putLong(0x0123456789abcdefL)
        .array();
  }

  private static void assertBad(IOException failure, String what) {
    assertEquals(BadInputException.class, failure.getClass(), failure.toString());
    assertTrue(String.valueOf(failure.getMessage()).contains(what), failure.getMessage());
  }

  @Test
  void anEndBeforeTheEndIsNoSuccess() {
    IOException failure =
        hear(PostcopyState.ADVISE, hex("0002 0004 00000003"), hex("0001 0004 00000000"));
    assertTrue(failure instanceof LinkException, failure.toString());
  }

  @Test
  void aFailureThatIsToldIsAFailure() {
    IOException failure = hear(PostcopyState.ADVISE, hex("0001 0004 00000001"));
    assertTrue(String.valueOf(failure.getMessage()).contains("with 1"), failure.getMessage());
  }

  @Test
  void requestsForWhatIsNotThereAreRefused() {
    assertBad(
        hear(PostcopyState.ADVISE, hex("0003 0010 0000000000000000 00001000 03 786f6d")), "xom");
    assertBad(
        hear(PostcopyState.ADVISE, hex("0003 0010 0000000000002000 00001000 03 726f6d")),
        "request");
    assertBad(
        hear(PostcopyState.ADVISE, hex("0003 0010 0000000000000001 00001000 03 726f6d")),
        "request");
    assertBad(hear(PostcopyState.ADVISE, hex("0004 000c 0000000000000000 00001000")), "request");
  }

  @Test
  void whatWasNotAskedForIsRefused() {
    assertBad(hear(PostcopyState.ADVISE, bitmap("pc.ram", 4)), "bitmap");
    assertBad(hear(PostcopyState.RECOVERING, bitmap("rom", 1), bitmap("rom", 1)), "bitmap");
    assertBad(hear(PostcopyState.RECOVERING, hex("0006 0004 00000001")), "RESUME");
    assertBad(
        hear(
            PostcopyState.RECOVERING,
            bitmap("rom", 1),
            bitmap("pc.ram", 4),
            hex("0006 0004 00000000")),
        "RESUME");
    assertBad(hear(PostcopyState.ADVISE, hex("0099 0000")), "message");
  }

  @Test
  void aBitmapOfAnotherMachineIsRefused() {
    assertBad(hear(PostcopyState.RECOVERING, bitmap("rom", 2)), "bitmap of rom");
  }

  /** More than can be asked for: they are dropped one by one, and none costs memory for long. */
  @Test
  void endlessRequestsEndWithTheLink() {
    ByteBuffer flood = ByteBuffer.allocate(200_000 * 16);
    byte[] again = hex("0004 000c 0000000000000000 00001000");
    for (int i = 0; i < 200_000; i++) {
      flood.put(again);
    }
    IOException failure =
        hear(
            PostcopyState.ADVISE,
            hex("0003 0010 0000000000000000 00001000 03 726f6d"),
            flood.array(),
            hex("0001 0004 00000001"));
    assertTrue(failure instanceof LinkException, failure.toString());
  }
}

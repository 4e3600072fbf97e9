package dev.cairn.transport.wire;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.BadInputException;
import dev.cairn.store.RefusedException;
import dev.cairn.store.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The lines of HELLO and WELCOME. */
final class GreetingTextTest {
  private static final String HELLO =
      """
      role pull
      link control
      formats 1-1
      manifests 1-2
      pagesizes 4096 16384
      codecs plain zstd
      streams 4
      requests 64
      features
      software Cairn%200.1
      """;

  private static Hello read(String text) throws StoreException {
    ByteBuffer in = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    return (Hello) MessageReader.read(FrameType.HELLO, in);
  }

  private static String refused(String text) {
    BadInputException e = assertThrows(BadInputException.class, () -> read(text));
    return String.valueOf(e.getMessage());
  }

  @Test
  void helloIsReadAsItWasWritten() throws StoreException {
    Hello hello = read(HELLO);
    assertEquals(hello, GreetingText.readHello(ByteBuffer.wrap(GreetingText.write(hello))));
    assertEquals("Cairn 0.1", hello.abilities().software());
    assertEquals(new VersionRange(1, 2), hello.abilities().manifests());
  }

  @Test
  void unknownLinesArePassedOver() throws StoreException {
    assertEquals(read(HELLO), read(HELLO + "colour  blue %zz\nx-small 1\n"));
  }

  @Test
  void anUnknownLineThatMustBeKnownIsRefusedWithItsName() {
    RefusedException e =
        assertThrows(RefusedException.class, () -> read(HELLO + "X-encrypted yes\n"));
    assertTrue(String.valueOf(e.getMessage()).contains("X-encrypted"), e::getMessage);
  }

  @Test
  void aLineStandsAtMostOnce() {
    assertTrue(refused(HELLO + "streams 4\n").contains("streams"));
    assertTrue(refused(HELLO + "colour a\ncolour b\n").contains("colour"));
  }

  @Test
  void linesThatAreMissingOrWrongAreRefused() {
    for (String line : HELLO.lines().toList()) {
      String name = line.split(" ", -1)[0];
      if (!name.equals("features") && !name.equals("software")) {
        assertTrue(refused(HELLO.replace(line + "\n", "")).contains(name), name);
      }
    }
    refused(HELLO.replace("streams 4", "streams 33"));
    refused(HELLO.replace("streams 4", "streams 0"));
    refused(HELLO.replace("streams 4", "streams -4"));
    refused(HELLO.replace("streams 4", "streams 4 4"));
    refused(HELLO.replace("streams 4", "streams  4"));
    refused(HELLO.replace("streams 4", "streams 99999999999"));
    refused(HELLO.replace("requests 64", "requests 7"));
    refused(HELLO.replace("formats 1-1", "formats 2-1"));
    refused(HELLO.replace("formats 1-1", "formats 1"));
    refused(HELLO.replace("role pull", "role push"));
    refused(HELLO.replace("link control", "link data"));
    refused(HELLO.replace("Cairn%200.1", "Cairn%0a"));
    refused(HELLO.replace("Cairn%200.1", "Cairn%0A"));
    refused(HELLO.replace("Cairn%200.1", "%41"));
    refused(HELLO.replace("Cairn%200.1", "%FF"));
    refused(HELLO.substring(0, HELLO.length() - 1));
    refused("\n" + HELLO);
  }

  @Test
  void onlyWellFormedTextIsRead() throws StoreException {
    read(HELLO + "colour \u00FC\uFFFD\uD83D\uDE00\n");
    for (int[] wrong :
        new int[][] {{0xFF}, {0xC0, 0xAF}, {0xC3}, {0xE2, 0x82}, {0xED, 0xA0, 0x80}, {0x80}}) {
      ByteBuffer in = ByteBuffer.allocate(HELLO.length() + 16);
      in.put((HELLO + "colour ").getBytes(StandardCharsets.UTF_8));
      for (int each : wrong) {
        in.put((byte) each);
      }
      in.put((byte) '\n').flip();
      BadInputException e =
          assertThrows(BadInputException.class, () -> MessageReader.read(FrameType.HELLO, in));
      assertTrue(String.valueOf(e.getMessage()).contains("expected UTF-8"), e::getMessage);
    }
  }

  @Test
  void aLineHasAsManyFieldsAsItMay() throws StoreException {
    String most = "a" + IntStream.range(1, 64).mapToObj(i -> " b" + i).collect(joining());
    assertEquals(64, read(HELLO.replace("plain zstd", most)).abilities().codecs().size());
    assertTrue(refused(HELLO.replace("plain zstd", most + " c")).contains("at most 64 fields"));
    assertTrue(refused(HELLO.replace("features", "features ")).contains("blank"));
    read(HELLO + "colour" + " a".repeat(100) + "\n");
  }

  @Test
  void aGreetingThatIsTooLongIsRefused() throws StoreException {
    String line = "l" + "a".repeat(60) + "%d x\n";
    StringBuilder text = new StringBuilder(HELLO);
    for (int i = 0; text.length() + 70 < GreetingText.MOST_BYTES; i++) {
      text.append(line.formatted(i % 100).replace("l", "l" + (char) ('a' + i / 100)));
    }
    read(text.toString());
    assertTrue(refused(text + "m " + "y".repeat(100) + "\n").contains("at most 16384"));
  }
}

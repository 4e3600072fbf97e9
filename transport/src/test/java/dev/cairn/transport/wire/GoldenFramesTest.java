package dev.cairn.transport.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import dev.cairn.store.BadInputException;
import dev.cairn.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Frames of version 1 as they are for ever: {@code golden/v1/frames.txt}, a name and bytes a line.
 */
final class GoldenFramesTest {
  private static Map<String, byte[]> golden() throws IOException {
    Map<String, byte[]> golden = new LinkedHashMap<>();
    try (InputStream in = GoldenFramesTest.class.getResourceAsStream("/golden/v1/frames.txt")) {
      if (in == null) {
        return fail("no golden/v1/frames.txt");
      }
      for (String line :
          new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().toList()) {
        String[] words = line.split(" ", 2);
        golden.put(words[0], HexFormat.of().parseHex(words[1]));
      }
    }
    return golden;
  }

  private static Message read(byte[] frame) throws StoreException {
    ByteBuffer in = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
    FrameHeader header = new FrameHeader();
    header.read(in);
    if (in.remaining() != header.length()) {
      throw new BadInputException("cut");
    }
    header.cover(in, in.position(), header.type() == FrameType.DATA ? 0 : header.length());
    header.check();
    return MessageReader.read(header.type(), in);
  }

  @Test
  void everyTypeIsWrittenAsItWas() throws IOException {
    Map<String, byte[]> golden = golden();
    StringBuilder now = new StringBuilder();
    StringBuilder then = new StringBuilder();
    for (Message message : Samples.all()) {
      String name = FrameType.of(message).name();
      now.append(name).append(' ').append(HexFormat.of().formatHex(Samples.frame(message)));
      now.append('\n');
      byte[] bytes = golden.getOrDefault(name, new byte[0]);
      then.append(name).append(' ').append(HexFormat.of().formatHex(bytes)).append('\n');
    }
    assertEquals(then.toString(), now.toString());
    assertEquals(FrameType.values().length, golden.size());
  }

  @Test
  void everyTypeIsReadAsItWas() throws IOException {
    Map<String, byte[]> golden = golden();
    for (Message message : Samples.all()) {
      byte[] frame = golden.getOrDefault(FrameType.of(message).name(), new byte[0]);
      assertEquals(message, read(frame));
    }
  }

  @Test
  void aFrameOfWhichOneBitIsWrongIsRefused() throws IOException {
    for (byte[] frame : golden().values()) {
      FrameHeader header = new FrameHeader();
      header.read(ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN));
      int covered = header.type() == FrameType.DATA ? FrameHeader.BYTES : frame.length;
      for (int bit = 0; bit < covered * 8; bit++) {
        byte[] bad = frame.clone();
        bad[bit / 8] ^= (byte) (1 << bit % 8);
        assertThrows(StoreException.class, () -> read(bad), () -> header.type().toString());
      }
    }
  }

  @Test
  void aPayloadThatIsCutOrTooLongIsRefused() throws IOException {
    for (Message message : Samples.all()) {
      FrameType type = FrameType.of(message);
      ByteBuffer out = FrameHeader.buffer(FrameHeader.MOST_PAYLOAD);
      MessageWriter.put(message, out);
      int length = out.position();
      for (int cut = 0; cut < length; cut++) {
        ByteBuffer in = out.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(0).limit(cut);
        assertThrows(StoreException.class, () -> MessageReader.read(type, in), type::toString);
      }
      if (!type.hasStream()) {
        ByteBuffer in = out.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(0);
        in.limit(length + 1);
        assertThrows(StoreException.class, () -> MessageReader.read(type, in), type::toString);
      }
    }
  }
}

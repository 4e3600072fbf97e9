package dev.cairn.tools.migration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where a device state ends, whatever a guest has written into its devices. */
class DeviceEndTest {
  private static boolean find(byte[] bytes) {
    return new DeviceEnd().find(bytes, bytes.length);
  }

  private static byte[] state(String json) {
    return new MadeStream().devices().description(json).bytes();
  }

  @Test
  void itIsFoundWhenTheLastByteHasCome() {
    byte[] bytes = state(MadeStream.description());
    DeviceEnd end = new DeviceEnd();
    for (int length = 0; length < bytes.length; length++) {
      assertFalse(end.find(bytes, length), "after " + length);
    }
    assertTrue(end.find(bytes, bytes.length));
    assertEquals(new MadeStream().devices().length(), end.stateLength());
    assertEquals(bytes.length, end.end());
    int begin = end.descriptionAt();
    assertEquals(
        MadeStream.description(),
        new String(bytes, begin, end.end() - begin, StandardCharsets.UTF_8));
  }

  @Test
  void aDescriptionThatDoesNotFitIsNone() {
    String good = MadeStream.description();
    for (String[] change :
        new String[][] {
          {"\"array_len\": 4", "\"array_len\": 3"},
          {"\"array_len\": 4", "\"array_len\": -4"},
          {"\"array_len\": 4", "\"array_len\": 4611686018427387904"},
          {"\"array_len\": 4", "\"array_len\": 46116860184273879040"},
          {"\"array_len\": 4", "\"array_len\": \"4\""},
          {"\"size\": 2}", "\"size\": 2147483647}"},
          {"\"size\": 2}", "\"size\": 2.0}"},
          {"\"name\": \"timer\"", "\"name\": \"timex\""},
          {"\"instance_id\": 1", "\"instance_id\": 2"},
          {"x/more\"", "x/less\""},
          {"x/more/still\"", "x/more/steel\""},
          {"\"devices\"", "\"Devices\""},
          {"\"devices\": [", "\"devices\": ["},
          {"]}]}]}]}", "]}]}]}]]"},
          {"]}]}]}]}", "]}]}]}"},
        }) {
      String bad = good.replace(change[0], change[1]);
      assertEquals(bad.equals(good), find(state(bad)), bad);
    }
  }

  @Test
  void theDescriptionHasToEndWhereItSays() {
    byte[] devices = new MadeStream().devices().bytes();
    byte[] json = MadeStream.description().getBytes(StandardCharsets.UTF_8);
    for (int more : new int[] {-1, 1}) {
      MadeStream bytes = new MadeStream().raw(devices).u8(6).be32(json.length + more).raw(json);
      assertFalse(find(bytes.u8(0).bytes()), "" + more);
    }
  }

  /** A footer of another section, or none at all. */
  @Test
  void sectionsThatAreNotThereAreNone() {
    byte[] bytes = state(MadeStream.description());
    int footer = 1 + 4 + 6 + 4 + 4 + 8;
    for (int at : new int[] {0, 1, footer, footer + 4, footer + 5}) {
      byte[] changed = bytes.clone();
      changed[at] ^= 1;
      assertFalse(find(changed), "byte " + at);
    }
  }

  /** A guest may have a description lie in a device's memory: one that leads nowhere is passed. */
  @Test
  void aDescriptionWithinTheDevicesIsPassed() {
    String small =
        """
        {"page_size": 4096, "devices": [{"name": "timer", "instance_id": 0, "fields": \
        [{"name": "t", "size": 8}]}]}""";
    byte[] planted = new MadeStream().u8(0).description(small).bytes();
    byte[] cut = Arrays.copyOf(planted, planted.length - 1);
    byte[] first = new MadeStream().u8(0, 6).be32(1000).text("{\"devices\"").bytes();
    MadeStream state =
        new MadeStream().u8(4).be32(5).name("ram of a card").be32(0).be32(1).raw(first);
    state.raw(cut).raw(planted).u8(0, 6, 0, 0).footer(5).u8(0);
    int size = first.length + cut.length + planted.length + 4;
    String whole =
        """
        {"page_size": 4096, "devices": [{"name": "ram of a card", "instance_id": 0, "fields": \
        [{"name": "bytes", "size": %d}]}]}"""
            .formatted(size);
    int length = state.length();
    byte[] bytes = state.description(whole).bytes();
    DeviceEnd end = new DeviceEnd();
    for (int have = 0; have < bytes.length; have++) {
      assertFalse(end.find(bytes, have));
    }
    assertTrue(end.find(bytes, bytes.length), end.why());
    assertEquals(length, end.stateLength());
  }

  @Test
  void theReasonIsToldButNotTheGuestsBytes() {
    DeviceEnd end = new DeviceEnd();
    assertEquals("none has come", end.why());
    byte[] bytes = state(MadeStream.description().replace("timer", "\\u0007imer"));
    assertFalse(end.find(bytes, bytes.length));
    assertEquals(
        "one at its byte "
            + (new MadeStream().devices().length() - 1)
            + " that does not fit: no section of other bytes before byte 19",
        end.why());
  }

  /** Bytes made to be looked at often; if each were, this would take days. */
  @Test
  @Timeout(value = 120, unit = TimeUnit.SECONDS)
  void eachByteIsLookedAtAFewTimesOnly() {
    byte[] heads = new byte[16 << 20];
    byte[] open = new MadeStream().u8(0, 6).be32(0xff_ffffL).text("{").bytes();
    byte[] shut = new MadeStream().u8(0, 6).be32(64).text("{").bytes();
    for (byte[] one : new byte[][] {open, shut}) {
      int step = one == open ? one.length : 6 + 64;
      for (int at = 0; at < heads.length; at++) {
        heads[at] = at % step < one.length ? one[at % step] : (byte) '[';
      }
      DeviceEnd end = new DeviceEnd();
      for (int length = 1; length < heads.length; length += 1000) {
        assertFalse(end.find(heads, length));
      }
    }
  }
}

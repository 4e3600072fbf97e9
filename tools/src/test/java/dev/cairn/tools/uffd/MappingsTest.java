package dev.cairn.tools.uffd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a client's message may say. The refusals are in UffdHostileTest, over a real socket. */
class MappingsTest {
  private static final long MEMORY = 64 << 20;

  private static Mappings parse(String message) throws IOException {
    return Mappings.parse(message.getBytes(StandardCharsets.UTF_8), 4096, MEMORY);
  }

  private static final String TWO =
      """
      [{"base_host_virt_addr":1073741824,"size":8388608,"offset":4194304,"page_size":2097152},
       {"base_host_virt_addr":536870912,"size":4194304,"offset":0,"page_size_kib":4096,"new":[1]}]
      """;

  @Test
  void regionsAreNumberedByAddressAndFound() throws IOException {
    Mappings mappings = parse(TWO);
    assertEquals(2, mappings.all().size());
    assertEquals(1024 + 4, mappings.units());
    assertEquals(2 << 20, mappings.largestUnitBytes());
    assertEquals(12 << 20, mappings.totalBytes());
    Mapping low = mappings.find(536870912 + 4096 * 5 + 17).orElseThrow();
    assertEquals(5, low.unit(536870912 + 4096 * 5 + 17));
    assertEquals(4096 * 5, low.offsetOf(5));
    Mapping high = mappings.find(1073741824 + (6 << 20)).orElseThrow();
    assertEquals(1024 + 3, high.unit(1073741824 + (6 << 20)));
    assertEquals(1073741824 + (6 << 20), high.addressOf(1027));
    assertEquals((4 << 20) + (6 << 20), high.offsetOf(1027));
    assertEquals(high, mappings.ofUnit(1024));
    assertTrue(mappings.find(536870911).isEmpty());
    assertTrue(mappings.find(536870912 + (4 << 20)).isEmpty());
    assertTrue(mappings.find(1073741824 + (8 << 20)).isEmpty());
  }

  @Test
  void aNameThatStandsTwiceIsRefused() {
    assertThrows(
        RefusedClientException.class,
        () -> parse("[{\"base_host_virt_addr\":1,\"base_host_virt_addr\":2}]"));
  }

  /** A unit has to hold whole pages of the point. */
  @Test
  void pagesOfThePointThatAreLargerAreRefused() {
    byte[] message =
        "[{\"base_host_virt_addr\":65536,\"size\":65536,\"offset\":0,\"page_size\":4096}]"
            .getBytes(StandardCharsets.UTF_8);
    RefusedClientException e =
        assertThrows(RefusedClientException.class, () -> Mappings.parse(message, 65536, MEMORY));
    assertTrue(String.valueOf(e.getMessage()).contains("at least that of the point, 65536"));
  }

  @Test
  void damagedMessagesAreRefusedOrRight() throws IOException {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    System.out.println("-Dtests.seed=" + seed);
    Random random = new Random(seed);
    int taken = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] message = TWO.getBytes(StandardCharsets.UTF_8);
      for (int harm = random.nextInt(4); harm >= 0; harm--) {
        message[random.nextInt(message.length)] =
            (byte) "0123456789[]{},:\"ae-".charAt(random.nextInt(20));
      }
      try {
        Mappings found = Mappings.parse(message, 4096, MEMORY);
        taken++;
        for (Mapping region : found.all()) {
          assertTrue(region.offset() >= 0 && region.offset() + region.lengthBytes() <= MEMORY);
          assertEquals(region, found.find(region.end() - 1).orElseThrow());
        }
      } catch (RefusedClientException e) {
        assertTrue(String.valueOf(e.getMessage()).length() < 1000);
      }
    }
    assertTrue(taken > 0, "some are right");
  }
}

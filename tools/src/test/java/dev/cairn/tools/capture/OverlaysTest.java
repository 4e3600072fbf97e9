package dev.cairn.tools.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which overlays belong to no durable point. */
class OverlaysTest {
  private final Overlays overlays = new Overlays();

  @Test
  void theyAreThoseOfPointsThatAreNotDurable() {
    overlays.begin();
    overlays.made(List.of("/a0", "/a1"));
    overlays.begin();
    overlays.made(List.of("/b0", "/b1"));
    assertEquals(List.of("/a0", "/a1", "/b0", "/b1"), overlays.list());
    overlays.durable(List.of("/a0", "/a1"));
    assertEquals(List.of("/b0", "/b1"), overlays.list());
    overlays.durable(List.of("/c0"));
    assertEquals(List.of("/b0", "/b1"), overlays.list());
  }

  @Test
  void aCheckpointThatIsLostTellsOfItsOwn() {
    overlays.begin();
    overlays.made(List.of("/a0", "/a1"));
    assertEquals("; its disk overlays go on: /a0, /a1", overlays.leftOver());
    overlays.begin();
    assertEquals("", overlays.leftOver());
    assertEquals(List.of("/a0", "/a1"), overlays.list());
  }

  /** The attach file has room for them, whatever happens for however long. */
  @Test
  void theNewestAreRemembered() {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      overlays.made(List.of("/overlay-" + i));
      all.add("/overlay-" + i);
    }
    assertEquals(all.subList(2000, 3000), overlays.list());
    String path = "/" + "x".repeat(4000);
    for (int i = 0; i < 100; i++) {
      overlays.made(List.of(path));
    }
    assertEquals(24, overlays.list().size());
  }
}

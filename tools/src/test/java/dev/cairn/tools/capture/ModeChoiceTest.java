package dev.cairn.tools.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.RefusedException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which modes are tried with which QEMU. */
class ModeChoiceTest {
  private static final java.time.Duration PAUSE = java.time.Duration.ofSeconds(2);

  private static List<String> words(String wanted, String version, boolean kvm)
      throws RefusedException {
    return ModeChoice.of(
            wanted,
            new ModeChoice.Facts(version, kvm, true, 1 << 30, ModeChoice.Shared.NONE),
            PAUSE)
        .stream()
        .map(ModeChoice::word)
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "11.1.3,false,colo stream",
    "11.1.3,true,colo stream",
    "12.0.0,false,colo stream",
    "10.0.7,true,colo stream",
    "10.0.13,true,colo stream",
    "9.2.0,true,colo stream",
    "7.2.0,true,colo stream",
    "7.2.0,false,stream",
    "10.0.2,true,stream",
    "10.0.2,false,stream",
    "10.0.13,false,stream",
    "10.1.0,true,stream",
    "10.2.1,true,stream",
  })
  void autoTakesTheBestThatIsKnownToWork(String version, boolean kvm, String expected)
      throws RefusedException {
    assertEquals(List.of(expected.split(" ")), words("auto", version, kvm));
  }

  @Test
  void whoAsksForAModeGetsThatOneOnly() throws RefusedException {
    assertEquals(List.of("stream"), words("stream", "11.1.3", true));
    assertEquals(List.of("colo"), words("colo", "11.1.3", false));
    assertEquals(List.of("colo"), words("colo", "10.1.0", true));
    assertEquals(
        List.of("colo"), words("colo", "10.0.2", false), "it does not begin, no harm done");
  }

  @Test
  void whatWouldStopTheGuestForEverIsRefused() {
    RefusedException e =
        assertThrows(RefusedException.class, () -> words("colo", "10.0.13", false));
    assertTrue(String.valueOf(e.getMessage()).contains("--mode stream"), e.getMessage());
    ModeChoice.Facts without =
        new ModeChoice.Facts("11.1.3", true, false, 1 << 30, ModeChoice.Shared.NONE);
    assertThrows(RefusedException.class, () -> ModeChoice.of("colo", without, PAUSE));
  }

  @Test
  void theHandshakeIsThatOfTheVersion() {
    assertTrue(new ModeChoice.Facts("11.0.0", true, true, 1, ModeChoice.Shared.NONE).shutFirst());
    assertTrue(!new ModeChoice.Facts("10.2.9", true, true, 1, ModeChoice.Shared.NONE).shutFirst());
    assertTrue(!new ModeChoice.Facts("strange", true, true, 1, ModeChoice.Shared.NONE).shutFirst());
  }
}

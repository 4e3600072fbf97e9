package dev.cairn.transport.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** How much memory windows may take, by what the kernel says of itself. */
final class LockableMemoryTest {
  private static final List<String> RAM = List.of("MemTotal:       24000000 kB", "MemFree: 1 kB");
  private static final List<String> USER = List.of("Name:\tjava", "CapEff:\t0000000000000000");
  private static final List<String> ROOT = List.of("CapEff:\t000001fffeffffff");

  private static List<String> limit(String soft) {
    return List.of(
        "Limit                     Soft Limit           Hard Limit           Units     ",
        "Max locked memory         " + soft + "              unlimited            bytes     ");
  }

  @Test
  void whoMayLockWhatHeLikesIsBoundedByRamAndAGib() {
    assertEquals(1L << 30, LockableMemory.most(RAM, ROOT, limit("8388608")));
    assertEquals(1L << 30, LockableMemory.most(RAM, USER, limit("unlimited")));
    List<String> small = List.of("MemTotal:       1048576 kB");
    assertEquals(128L << 20, LockableMemory.most(small, ROOT, limit("8388608")));
  }

  @Test
  void aUserHasHalfOfWhatHeMayLock() {
    assertEquals(4L << 20, LockableMemory.most(RAM, USER, limit("8388608")));
  }

  @Test
  void whatIsNotSaidIsNone() {
    assertEquals(0, LockableMemory.most(List.of(), ROOT, limit("8388608")));
    assertEquals(0, LockableMemory.most(RAM, List.of(), List.of()));
  }

  @Test
  void thisMachineSaysIt() {
    assertTrue(LockableMemory.most() > 0);
  }
}

package dev.cairn.tools.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.StoreLock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who holds a lock is what the kernel tells, and nobody is kept from one by asking. */
class FileLocksTest {
  private static final long DISK = 0xfd01; // fd:01

  private static final FileLocks TABLE =
      FileLocks.of(
          List.of(
              "1: FLOCK  ADVISORY  WRITE 4711 fd:01:131 0 EOF",
              "1: -> FLOCK  ADVISORY  WRITE 4712 fd:01:132 0 EOF",
              "2: POSIX  ADVISORY  WRITE 4713 fd:01:133 0 EOF",
              "3: FLOCK  ADVISORY  WRITE 4714 00:2f:134 0 EOF",
              "4: FLOCK  ADVISORY  WRITE soon fd:01:1x 0 EOF",
              "nonsense"));

  @Test
  void aFlockIsFoundByDeviceAndInode() {
    assertEquals(OptionalLong.of(4711), TABLE.owner(DISK, 131));
    assertEquals(OptionalLong.empty(), TABLE.owner(0xfd02, 131));
  }

  @Test
  void whoWaitsAndOtherKindsOfLocksAreNoOwners() {
    assertEquals(OptionalLong.empty(), TABLE.owner(DISK, 132));
    assertEquals(OptionalLong.empty(), TABLE.owner(DISK, 133));
  }

  @Test
  void whereTheDeviceHasNoNumberOfItsOwnTheInodeDoes() {
    assertEquals(OptionalLong.of(4714), TABLE.owner(0x30, 134));
    assertEquals(OptionalLong.empty(), TABLE.owner(DISK, 134));
  }

  @Test
  void aLockOfThisProcessIsSeenAndGoesAway(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("LOCK");
    try (FileSystemDirectory opened = FileSystemDirectory.open(directory)) {
      try (StoreLock _ = opened.lock("LOCK", Duration.ZERO)) {
        assertEquals(OptionalLong.of(ProcessHandle.current().pid()), FileLocks.look().owner(file));
      }
      assertEquals(OptionalLong.empty(), FileLocks.look().owner(file));
    }
    assertEquals(OptionalLong.empty(), FileLocks.look().owner(directory.resolve("nothing")));
  }
}

package dev.cairn.store.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The contract, and what only the double in memory can do. */
final class MemoryDirectoryTest extends StoreDirectoryContract {
  @Override
  StoreDirectory newDirectory() {
    return MemoryDirectory.create();
  }

  @Override
  StoreDirectory openAgain(StoreDirectory same) {
    return ((MemoryDirectory) same).asProcess("other");
  }

  @Test
  void aKilledProcessLosesItsLocksAndFiles() throws IOException {
    MemoryDirectory survivor = MemoryDirectory.create();
    MemoryDirectory victim = survivor.asProcess("victim");
    StoreOutput output = victim.create("f.tmp");
    StoreLock lock = victim.lock("LOCK", Duration.ZERO);
    output.write(0, bytes("half"));
    assertTrue(survivor.ownerIsAlive("f.tmp"));
    victim.killProcess();
    assertFalse(survivor.ownerIsAlive("f.tmp"));
    assertEquals("half", read(survivor, "f.tmp"));
    survivor.lock("LOCK", Duration.ZERO).close();
    assertThrows(IOException.class, () -> output.write(0, bytes("x")));
    assertThrows(IOException.class, victim::list);
    lock.close();
  }

  @Test
  void theChosenMutatingCallFailsAndDoesNothing() throws IOException {
    MemoryDirectory memory = MemoryDirectory.create();
    memory.failAt(5);
    write(memory, "a", "a"); // create, write, sync
    memory.rename("a", "b");
    assertThrows(IOException.class, () -> memory.delete("b"));
    assertEquals(List.of("b"), memory.list());
    memory.delete("b");
    assertEquals(6, memory.mutationCount());
  }

  @Test
  void aFailedSyncIsNeverRetried() throws IOException {
    MemoryDirectory memory = MemoryDirectory.create();
    try (StoreOutput output = memory.create("f")) {
      memory.failAt(1);
      assertThrows(IOException.class, output::sync);
      assertThrows(IOException.class, output::sync);
      assertThrows(IOException.class, () -> output.write(0, bytes("x")));
    }
    memory.failAt(1);
    assertThrows(IOException.class, memory::sync);
    assertThrows(IOException.class, memory::sync);
    memory.asProcess("next").sync();
  }

  @Test
  void aFullFileSystemSaysSoAndDeletingMakesRoom() throws IOException {
    MemoryDirectory memory = MemoryDirectory.create();
    memory.setCapacityBytes(8192);
    write(memory, "a", "a");
    assertEquals(4096, memory.usableBytes());
    try (StoreOutput output = memory.create("b")) {
      MemorySegment large = MemorySegment.ofArray(new byte[8192]);
      IOException full = assertThrows(IOException.class, () -> output.write(0, large));
      assertSays("no space left", full);
      try (StoreInput reader = memory.open("a")) {
        memory.delete("a");
        assertEquals(0, memory.usableBytes());
        assertEquals(1, reader.length());
      }
      output.write(0, large);
    }
    memory.delete("b");
    assertEquals(8192, memory.usableBytes());
  }

  @Test
  void gapsCostNothing() throws IOException {
    MemoryDirectory memory = MemoryDirectory.create();
    long usable = memory.usableBytes();
    try (StoreOutput output = memory.create("f")) {
      output.write(1L << 40, bytes("x"));
    }
    assertEquals(4096, usable - memory.usableBytes());
  }
}

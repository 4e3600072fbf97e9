package dev.cairn.tools.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.io.Missing;
import dev.cairn.tools.linux.AnonymousMemory;
import dev.cairn.tools.linux.LinuxException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every tracker promises. Rerun with {@code -Dtests.seed=}. */
class DirtyTrackerTest {
  private static final int PAGES = 20_000;
  private static final long MEMORY_BYTES = (long) PAGES * AnonymousMemory.PAGE_BYTES;
  private static final DirtyTracker.Maker NO_KERNEL =
      (_, _) -> {
        throw new LinuxException("UFFDIO_API", 22);
      };

  @ParameterizedTest
  @EnumSource(names = {"KERNEL", "COMPARE"})
  void exactlyTheWrittenPagesAreDirty(DirtyTracker.Choice choice) throws IOException {
    long seed = Long.getLong("tests.seed", 1);
    System.out.println("tests.seed=" + seed);
    SplittableRandom random = new SplittableRandom(seed);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = AnonymousMemory.map(MEMORY_BYTES, arena);
      MemorySegment copy = AnonymousMemory.map(MEMORY_BYTES, arena);
      try (DirtyTracker tracker = make(choice, memory, copy)) {
        assertEquals(new BitSet(), tracker.take());
        for (int round = 0; round < 10; round++) {
          BitSet written = new BitSet();
          // Every other page in one round: more runs than one call of the kernel returns.
          int count = round == 5 ? PAGES / 2 : random.nextInt(2_000);
          for (int i = 0; i < count; i++) {
            int page = round == 5 ? i * 2 : random.nextInt(PAGES);
            long at = (long) page * AnonymousMemory.PAGE_BYTES + random.nextInt(4096);
            byte before = memory.get(ValueLayout.JAVA_BYTE, at);
            memory.set(ValueLayout.JAVA_BYTE, at, (byte) (before + 1));
            written.set(page);
          }
          assertEquals(written, tracker.take());
          copy.copyFrom(memory);
        }
        assertEquals(new BitSet(), tracker.take());
      }
    }
  }

  @Test
  void whereTheKernelDoesNotTellAutoComparesAndSaysWhy() throws IOException {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = AnonymousMemory.map(MEMORY_BYTES, arena);
      MemorySegment copy = AnonymousMemory.map(MEMORY_BYTES, arena);
      try (DirtyTracker tracker =
          DirtyTracker.choose(DirtyTracker.Choice.AUTO, NO_KERNEL).make(memory, copy)) {
        assertTrue(tracker.description().startsWith("comparison"), tracker.description());
        assertTrue(tracker.description().contains("UFFDIO_API"), tracker.description());
      }
      assertThrows(
          LinuxException.class,
          () -> DirtyTracker.choose(DirtyTracker.Choice.KERNEL, NO_KERNEL).make(memory, copy));
    }
  }

  @Test
  void anAuditFindsAWriteThatTheTrackerMissed() throws IOException {
    long bytes = 4L << 20;
    DirtyTracker.Maker forgetful =
        (memory, copy) -> new Forgetful(new CompareTracker(memory, copy, ""));
    ByteArrayOutputStream answers = new ByteArrayOutputStream();
    try (RunningGuest guest = new RunningGuest(bytes, forgetful)) {
      byte[] commands = {GuestProtocol.CHECKPOINT, 1};
      guest.serve(
          new DataInputStream(new ByteArrayInputStream(commands)), new DataOutputStream(answers));
    }
    String said = answers.toString(StandardCharsets.ISO_8859_1);
    assertTrue(said.contains("the tracker missed a write at offset 20480"), "audit");
  }

  private static DirtyTracker make(
      DirtyTracker.Choice choice, MemorySegment memory, MemorySegment copy) throws LinuxException {
    try {
      return DirtyTracker.choose(choice, (m, _) -> KernelTracker.watch(m)).make(memory, copy);
    } catch (LinuxException e) {
      Missing.part("a kernel that tells dirty pages: " + e.getMessage());
      throw e;
    }
  }

  /** Never tells of page 5. */
  private record Forgetful(DirtyTracker tracker) implements DirtyTracker {
    @Override
    public String description() {
      return "forgetful";
    }

    @Override
    public BitSet take() throws IOException {
      BitSet dirty = tracker.take();
      dirty.clear(5);
      return dirty;
    }

    @Override
    public void close() {
      tracker.close();
    }
  }
}

package dev.cairn.tools.resume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.memory.MemorySource;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** What is read before a postcopy connects. */
class RehearsalTest {
  /** A machine of which some words are here, and which counts what is read of them. */
  private static final class Counting implements MemorySource {
    private final SyntheticMachine machine;
    private final boolean here;
    private long pages;

    Counting(boolean here, RamBlock... blocks) {
      this.machine = new SyntheticMachine(blocks);
      this.here = here;
    }

    @Override
    public RamLayout layout() {
      return machine.layout();
    }

    @Override
    public Closeable onArrival(Runnable arrived) {
      return () -> {};
    }

    @Override
    public Reader reader(Arena arena) {
      Reader reader = machine.reader(arena);
      return new Reader() {
        @Override
        public long missing(int block, long page, long wanted, boolean urgent) {
          assertTrue(!urgent, "nobody waits yet");
          return here ? 0 : wanted;
        }

        @Override
        public long read(int block, long page, long wanted, MemorySegment into) throws IOException {
          pages += Long.bitCount(wanted);
          return reader.read(block, page, wanted, into);
        }

        @Override
        public void close() throws IOException {
          reader.close();
        }
      };
    }
  }

  private static long pagesOf(boolean here, RamBlock... blocks) throws IOException {
    Counting memory = new Counting(here, blocks);
    Rehearsal.run(memory.machine.machine(), memory);
    return memory.pages;
  }

  @Test
  void itIsTheSameForAnySizeOfMemory() throws IOException {
    RamBlock bios = new RamBlock("pc.bios", 256 << 10);
    long small = pagesOf(true, new RamBlock("pc.ram", 1L << 30), bios);
    long large = pagesOf(true, new RamBlock("pc.ram", 1L << 40), bios);
    assertTrue(small >= 1000, "enough for what sends them to be compiled: " + small);
    assertEquals(small, large);
  }

  @Test
  void hugePagesAreReadAsAWhole() throws IOException {
    long pages = pagesOf(true, new RamBlock("m", 1L << 30, 2 << 20));
    assertEquals(0, pages % 512);
    assertTrue(pages <= 24 * 512 + 1024, "few of them: " + pages);
  }

  @Test
  void whatIsStillComingIsNotWaitedFor() throws IOException {
    assertEquals(0, pagesOf(false, new RamBlock("pc.ram", 1L << 30)));
  }

  @Test
  void aMachineOfOnePageHasIt() throws IOException {
    assertEquals(1, pagesOf(true, new RamBlock("pc.ram", 4096)));
  }
}

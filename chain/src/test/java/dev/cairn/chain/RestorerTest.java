package dev.cairn.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.Versions;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A restore's threads: as many as its memory may take. */
final class RestorerTest {
  /** Holds all who write until so many do. */
  private static final class Gate implements PageSink {
    final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    final AtomicLong pages = new AtomicLong();
    final CountDownLatch all = new CountDownLatch(Restorer.MOST_THREADS);
    private final int pageSize;

    Gate(int pageSize) {
      this.pageSize = pageSize;
    }

    @Override
    public void begin(RamLayout layout, DeviceState state) {}

    @Override
    public void write(int block, long page, MemorySegment data) throws IOException {
      pages.addAndGet(data.byteSize() / pageSize);
      if (threads.add(Thread.currentThread())) {
        all.countDown();
      }
      try {
        all.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }

    @Override
    public void finish() {}

    @Override
    public void close() {}
  }

  @Test
  void moreThreadsThanTheirMemoryMayTakeAreNotUsed() throws IOException {
    int regions = 64;
    ChainInMemory memory = new ChainInMemory(512);
    SparseMemory image = new SparseMemory(512, (long) regions * Versions.REGION_PAGES);
    for (int region = 0; region < regions; region++) {
      image.fill((long) region * Versions.REGION_PAGES + 3, 1);
    }
    memory.checkpoint(image, ChainInMemory.WHOLE);
    Gate gate = new Gate(512);
    try (ChainSnapshot snapshot = memory.chain().snapshot()) {
      new Restorer(snapshot.view(0), gate, Progress.NONE).run(64);
    }
    assertEquals(regions, gate.pages.get());
    int threads = gate.threads.size();
    assertTrue(threads <= Restorer.MOST_THREADS, threads + " threads");
  }
}

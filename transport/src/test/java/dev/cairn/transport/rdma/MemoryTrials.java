package dev.cairn.transport.rdma;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What a device reads of memory that is offered, and what it does not. Of the lab's guest. */
final class MemoryTrials {
  private static final long PATIENCE_SECONDS = 60;
  private static final int LENGTH = 3 << 20;

  /** Not at the beginning of a page: what is offered are these bytes and no others. */
  private static final int OFFSET = 5_000;

  private MemoryTrials() {}

  /** A file that is offered by one side, and memory that the other has lent. */
  private static final class Ground implements AutoCloseable {
    final FailuresMain.Pair pair = FailuresMain.Pair.open();
    final Arena arena = Arena.ofShared();
    final AtomicInteger freed = new AtomicInteger();
    final MemorySegment into = arena.allocate(LENGTH, 4096);
    final BlockingQueue<String> outcomes = new LinkedBlockingQueue<>();
    final RemoteMemory.Offered offered;

    Ground() throws Exception {
      Path file = Files.createTempFile("offered", "");
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        byte[] bytes = FailuresMain.pattern(LENGTH + 2 * OFFSET, 1);
        Files.write(file, bytes);
        MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, OFFSET, LENGTH, arena);
        offered = pair.server().memory().offer(mapped, freed::incrementAndGet);
      } finally {
        Files.delete(file);
      }
      pair.client().memory().lend(into);
    }

    /** Reads from an offset of what is offered. */
    void read(long offset, int length, int rkey) throws IOException {
      pair.client()
          .memory()
          .read(
              offered.key().address() + offset,
              rkey,
              into.asSlice(0, length),
              new RemoteMemory.Outcome() {
                @Override
                public void done() {
                  outcomes.add("done");
                }

                @Override
                public void failed(IOException why) {
                  outcomes.add("failed");
                }
              });
    }

    String outcome() throws InterruptedException {
      return String.valueOf(outcomes.poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
    }

    /** The READ is to fail, and the connection with it. */
    void requireFailed() throws Exception {
      IOException why = FailuresMain.endOf(pair.client());
      FailuresMain.check(
          String.valueOf(why.getMessage()).contains("a READ failed"), String.valueOf(why));
      pair.client().shutdown();
      FailuresMain.check(outcome().equals("failed"), "an outcome");
    }

    @Override
    public void close() {
      pair.close();
      pair.client().memory().awaitGone();
      pair.server().memory().awaitGone();
      FailuresMain.check(freed.get() == 1, freed + " times freed");
      arena.close();
    }
  }

  static void reads() throws Exception {
    try (Ground ground = new Ground()) {
      byte[] all = FailuresMain.pattern(LENGTH + 2 * OFFSET, 1);
      int mib = 1 << 20;
      for (int from : new int[] {0, 1, LENGTH - mib}) {
        ground.read(from, mib, ground.offered.key().rkey());
        FailuresMain.check(ground.outcome().equals("done"), "a READ");
        for (int i = 0; i < mib; i++) {
          if (ground.into.get(ValueLayout.JAVA_BYTE, i) != all[OFFSET + from + i]) {
            throw new AssertionError("byte " + i + " from " + from);
          }
        }
      }
    }
  }

  static void beyond() throws Exception {
    for (long from : new long[] {-1, LENGTH - 4095}) {
      try (Ground ground = new Ground()) {
        ground.read(from, 4096, ground.offered.key().rkey());
        ground.requireFailed();
      }
    }
  }

  static void takenBack() throws Exception {
    try (Ground ground = new Ground()) {
      ground.offered.close();
      FailuresMain.check(ground.freed.get() == 1, "freed");
      ground.read(0, 4096, ground.offered.key().rkey());
      ground.requireFailed();
    }
  }

  static void wrongKey() throws Exception {
    try (Ground ground = new Ground()) {
      ground.read(0, 4096, ground.offered.key().rkey() + 0x100);
      ground.requireFailed();
    }
  }
}

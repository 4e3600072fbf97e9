package dev.cairn.tests.serve;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Environment;
import dev.cairn.chain.PageImage;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.FileSystemOptions;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/**
 * A machine of 1 GiB that nobody has: 192 MiB of it are in use, the rest are zeros; each checkpoint
 * writes 2 MiB, a page in every 512. Its pages are random and no codec makes them smaller: so what
 * is stored is what is moved. Stateless.
 */
final class LargeMachine {
  static final long RAM_BYTES = 1L << 30;
  private static final int PAGE_SIZE = 4096;
  private static final long PAGES = RAM_BYTES / PAGE_SIZE;

  /** Pages in use lie together, so many in each group. */
  private static final int USED = 3 << 10;

  private static final int GROUP = 16 << 10;
  private static final int WRITTEN_EACH = 512;

  private LargeMachine() {}

  /** Makes a store with a chain of one base and so many layers, each a restore point. */
  static void makeChain(Path place, String name, int layers) throws IOException {
    Environment environment =
        new Environment(Clock.systemUTC(), new SecureRandom(), Duration.ofSeconds(5));
    Checkpointer.Options delta = new Checkpointer.Options("", true, FrameCodec.PLAIN, 2);
    try (Store store =
            Store.create(
                FileSystemDirectory.create(place, FileSystemOptions.standard()), environment);
        Chain chain = store.create(name, PAGE_SIZE)) {
      Checkpointer checkpointer = new Checkpointer(chain);
      for (int n = 0; n <= layers; n++) {
        Checkpointer.Options options = n == 0 ? Checkpointer.Options.DEFAULT : delta;
        checkpointer.checkpoint(new Image(n), options, Progress.NONE);
      }
    }
  }

  /** What one checkpoint writes: the first all that is in use. */
  private record Image(int checkpoint) implements PageImage {
    @Override
    public RamLayout layout() {
      return new RamLayout(PAGE_SIZE, List.of(new RamBlock("ram", RAM_BYTES)));
    }

    @Override
    public DeviceState deviceState() {
      return DeviceState.NONE;
    }

    @Override
    public void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException {
      long step = checkpoint == 0 ? GROUP : WRITTEN_EACH;
      for (long group = from / step * step; group < Math.min(to, PAGES); group += step) {
        long first = checkpoint == 0 ? group : group + draw(checkpoint, group) % WRITTEN_EACH;
        long end = checkpoint == 0 ? group + USED : first + 1;
        if (first < to && end > from) {
          visitor.run(Math.max(first, from), Math.min(end, to) - Math.max(first, from));
        }
      }
    }

    @Override
    public void read(int block, long page, MemorySegment into) {
      for (long at = 0; at < into.byteSize(); at += PAGE_SIZE) {
        long filling = draw(checkpoint, page + at / PAGE_SIZE);
        for (int i = 0; i < PAGE_SIZE; i += Long.BYTES) {
          filling = filling * 6364136223846793005L + 1442695040888963407L;
          into.set(ValueLayout.JAVA_LONG_UNALIGNED, at + i, filling);
        }
      }
    }

    @Override
    public void close() {}
  }

  /** Mixes as splitmix64 does. */
  private static long draw(int checkpoint, long page) {
    long z = ((long) checkpoint << 32) + page + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return (z ^ (z >>> 31)) >>> 1;
  }
}

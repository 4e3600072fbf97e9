package dev.cairn.tools.bench;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Restorer;
import dev.cairn.chain.Store;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.store.io.FileSystemDirectory;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Random;

/** A process of its own that stores and restores a sparse 64 GiB machine and tells its memory. */
public final class MemoryChild {
  static final long RAM_PAGES = 16L << 20;

  private static final int PAGE = 4096;
  private static final int PAGES = 4096;

  private MemoryChild() {}

  /** Works in the directory given; without one it does nothing, and tells what that takes. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length > 0) {
      work(Path.of(arguments[0]));
    }
    long heap = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      if (pool.getType() == MemoryType.HEAP) {
        heap += pool.getPeakUsage().getUsed();
      }
    }
    System.out.println("heap " + heap);
    System.out.println("resident " + residentPeak());
  }

  private static long residentPeak() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.UTF_8).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
        .findFirst()
        .orElse(0);
  }

  private static void work(Path directory) throws IOException {
    Environment environment =
        new Environment(Clock.systemUTC(), new SecureRandom(), Duration.ofSeconds(5));
    RamLayout layout = PagesImage.layout(PAGE, RAM_PAGES);
    Random random = new Random(1);
    try (Store store =
            Store.create(FileSystemDirectory.create(directory.resolve("store")), environment);
        MadeChain made = new MadeChain(store.create("vm", PAGE))) {
      for (int version = 0; version < 3; version++) {
        long[] pages = PagesImage.scattered(random, PAGES, RAM_PAGES);
        made.whole(new PagesImage(layout, pages, version, DeviceState.NONE));
      }
      Chain chain = made.chain();
      try (ChainSnapshot snapshot = chain.snapshot();
          RawFile sink = RawFile.create(directory.resolve("restored.raw"), layout)) {
        new Restorer(snapshot.view(2), sink, Progress.NONE).run(2);
      }
    }
  }
}

package dev.cairn.tools.bench;

import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.FrameCodec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * Times a whole image against the tip, one page in a hundred changed, the cache warm, against cmp
 * of two equal files of that size. The checkpoint's write and fsyncs count.
 */
public final class CompareBench implements Bench {
  private static final int PAGE = 4096;

  /** What is compared, and how the floor is. */
  private record Setting(
      Workbench bench, Path image, Path copy, List<RawFile> files, Random random) {
    /** Changes one page in a hundred, in both files alike. */
    void change(Arena arena, long version) throws IOException {
      RamLayout layout = files.getFirst().layout();
      long pages = layout.blocks().getFirst().pages(PAGE);
      long[] changed = PagesImage.scattered(random, (int) (pages / 100), pages);
      PagesImage content = new PagesImage(layout, changed, version, DeviceState.NONE);
      MemorySegment page = arena.allocate(PAGE, PAGE);
      for (long number : changed) {
        content.read(0, number, page);
        for (RawFile file : files) {
          file.write(0, number, page);
        }
      }
      for (RawFile file : files) {
        file.force();
      }
    }
  }

  @Override
  public String name() {
    return "compare";
  }

  @Override
  public void run(Workbench bench, Rows rows) throws IOException {
    int pages = bench.pick(24_576, 196_608);
    RamLayout layout = PagesImage.layout(PAGE, pages);
    Path image = bench.file("image.raw");
    Path copy = bench.file("copy.raw");
    PagesImage content = new PagesImage(layout, PagesImage.run(0, pages), 0, DeviceState.NONE);
    try (RawFile first = fill(image, content);
        RawFile second = fill(copy, content);
        Store store = bench.makeStore("compare");
        MadeChain made = new MadeChain(store.create("vm", PAGE))) {
      made.whole(first);
      Setting setting = new Setting(bench, image, copy, List.of(first, second), bench.random());
      long bytes = layout.totalBytes();
      int cores = Runtime.getRuntime().availableProcessors();
      measure(setting, made, rows, bytes, cores, cores > 1 ? 1.5 : 1.0);
      if (cores > 1 && Children.has("taskset")) {
        String allowed = Machine.allowedCores();
        pin(bench, allowed.split("[-,]", 2)[0]);
        try {
          measure(setting, made, rows, bytes, 1, 1.0);
        } finally {
          pin(bench, allowed);
        }
      }
      rows.add(Row.cold("an image against the tip", "≥ 0.9 × reading both"));
    }
  }

  private static RawFile fill(Path path, PagesImage content) throws IOException {
    RawFile file = RawFile.create(path, content.layout());
    int step = 256;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment some = arena.allocate((long) step * PAGE, PAGE);
      long pages = content.layout().blocks().getFirst().pages(PAGE);
      for (long page = 0; page < pages; page += step) {
        content.read(0, page, some);
        file.write(0, page, some);
      }
    }
    file.force();
    return file;
  }

  private static void measure(
      Setting setting, MadeChain made, Rows rows, long bytes, int cores, double bar)
      throws IOException {
    Checkpointer.Options options = new Checkpointer.Options("", false, FrameCodec.PLAIN, cores);
    Path log = setting.bench.file("cmp.log");
    try (Arena arena = Arena.ofConfined()) {
      long[] nanos =
          Timing.medians(
              setting.bench.pick(3, 7),
              () -> {
                setting.change(arena, setting.random.nextLong());
                return Timing.of(
                    () ->
                        new Checkpointer(made.chain())
                            .checkpoint(setting.files.getFirst(), options, Progress.NONE));
              },
              () ->
                  Timing.of(
                      () ->
                          Children.run(
                              log,
                              List.of("cmp", setting.image.toString(), setting.copy.toString()))));
      rows.add(
          Row.atLeast(
              String.format(
                  "%d MiB image against the tip, 1 %% dirty, warm, %s (floor: cmp)",
                  bytes >> 20, cores == 1 ? "1 core" : cores + " cores"),
              Timing.rate(bytes, nanos[0]),
              Timing.rate(bytes, nanos[1]),
              (double) nanos[1] / nanos[0],
              bar));
    }
  }

  /** Puts all threads of this process, and so its children, on some cores. */
  private static void pin(Workbench bench, String cores) throws IOException {
    String self = Long.toString(ProcessHandle.current().pid());
    Children.run(bench.file("taskset.log"), List.of("taskset", "-a", "-c", "-p", cores, self));
  }
}

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
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Times a whole image against the tip, one page in a hundred changed: against cmp of two equal
 * files of that size when all is in memory, and against reading both when it is on disk alone. The
 * checkpoint's write and fsyncs count.
 */
public final class DiffImageBench implements Bench {
  private static final int PAGE = 4096;

  /** The image, the copy of it that the floor reads, and how both change. */
  private record Setting(Workbench bench, List<RawFile> files, Random random) {
    private static final String IMAGE = "image.raw";
    private static final String COPY = "copy.raw";

    Path image() {
      return bench.file(IMAGE);
    }

    Path copy() {
      return bench.file(COPY);
    }

    RawFile source() {
      return files.getFirst();
    }

    long bytes() {
      return source().layout().totalBytes();
    }

    double dirtyPercent() {
      return bench.sizes().dirtyPercent().orElse(1);
    }

    /** Changes some pages, one in a hundred by default, in both files alike. */
    void change() throws IOException {
      RamLayout layout = source().layout();
      long pages = layout.blocks().getFirst().pages(PAGE);
      int count = (int) Math.max(1, pages * dirtyPercent() / 100);
      long[] changed = PagesImage.scattered(random, count, pages);
      PagesImage content = new PagesImage(layout, changed, random.nextLong(), DeviceState.NONE);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment page = arena.allocate(PAGE, PAGE);
        for (long number : changed) {
          content.read(0, number, page);
          for (RawFile file : files) {
            file.write(0, number, page);
          }
        }
      }
      for (RawFile file : files) {
        file.force();
      }
    }
  }

  @Override
  public String name() {
    return "diff-image";
  }

  @Override
  public void run(Workbench bench, Rows rows) throws IOException {
    long own = bench.pick(96, 768) * (1L << 20);
    int pages = Math.toIntExact(bench.sizes().ramBytes().orElse(own) / PAGE);
    RamLayout layout = PagesImage.layout(PAGE, pages);
    PagesImage content = new PagesImage(layout, PagesImage.run(0, pages), 0, DeviceState.NONE);
    try (RawFile image = fill(bench.file(Setting.IMAGE), content);
        RawFile copy = fill(bench.file(Setting.COPY), content);
        Store store = bench.makeStore("compare")) {
      Setting setting = new Setting(bench, List.of(image, copy), bench.random());
      int cores = Runtime.getRuntime().availableProcessors();
      warm(setting, store, rows, cores, cores > 1 ? 1.5 : 1.0);
      if (cores > 1 && Children.has("taskset")) {
        String allowed = Machine.allowedCores();
        pin(bench, allowed.split("[-,]", 2)[0]);
        try {
          warm(setting, store, rows, 1, 1.0);
        } finally {
          pin(bench, allowed);
        }
      }
      cold(setting, store, rows, cores);
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

  /** Makes a chain whose tip is the image as it is; the checkpoints of one row come on top. */
  private static MadeChain chain(Setting setting, Store store, String name) throws IOException {
    MadeChain made = new MadeChain(store.create(name, PAGE));
    try {
      made.whole(setting.source());
      return made;
    } catch (IOException | RuntimeException e) {
      made.close();
      throw e;
    }
  }

  private static void checkpoint(Setting setting, MadeChain made, int cores) throws IOException {
    Checkpointer.Options options = new Checkpointer.Options("", false, FrameCodec.PLAIN, cores);
    new Checkpointer(made.chain()).checkpoint(setting.source(), options, Progress.NONE);
  }

  private static void warm(Setting setting, Store store, Rows rows, int cores, double bar)
      throws IOException {
    Path log = setting.bench.file("cmp.log");
    List<String> cmp = List.of("cmp", setting.image().toString(), setting.copy().toString());
    try (MadeChain made = chain(setting, store, "warm-" + cores)) {
      long[] nanos =
          Timing.medians(
              setting.bench.pick(3, 7),
              () -> {
                setting.change();
                return Timing.of(() -> checkpoint(setting, made, cores));
              },
              () -> Timing.of(() -> Children.run(log, cmp)));
      String where = cores == 1 ? "1 core" : cores + " cores";
      rows.add(row(setting, "warm, " + where + " (floor: cmp)", nanos, bar));
    }
  }

  private static void cold(Setting setting, Store store, Rows rows, int cores) throws IOException {
    ColdFiles cold = new ColdFiles();
    try (MadeChain made = chain(setting, store, "cold")) {
      List<Path> compared = List.of(setting.image(), setting.bench.file("compare"));
      List<Path> read = List.of(setting.image(), setting.copy());
      long[] nanos =
          Timing.medians(
              setting.bench.pick(3, 11),
              () -> {
                setting.change();
                return cold.time(
                    compared, 2 * setting.bytes(), () -> checkpoint(setting, made, cores));
              },
              () -> cold.time(read, 2 * setting.bytes(), () -> readBoth(setting)));
      Row row = row(setting, "cold (floor: reading both)", nanos, 0.9);
      rows.add(cold.wereCold() ? row : Row.notCold(row.work()));
    }
  }

  private static void readBoth(Setting setting) throws IOException {
    for (RawFile file : setting.files) {
      file.readWhole();
    }
  }

  private static Row row(Setting setting, String how, long[] nanos, double bar) {
    return Row.atLeast(
        String.format(
            Locale.ROOT,
            "%d MiB image against the tip, %s %% dirty, %s",
            setting.bytes() >> 20,
            new DecimalFormat("0.##", DecimalFormatSymbols.getInstance(Locale.ROOT))
                .format(setting.dirtyPercent()),
            how),
        Timing.rate(setting.bytes(), nanos[0]),
        Timing.rate(setting.bytes(), nanos[1]),
        (double) nanos[1] / nanos[0],
        bar);
  }

  /** Puts all threads of this process, and so its children, on some cores. */
  private static void pin(Workbench bench, String cores) throws IOException {
    String self = Long.toString(ProcessHandle.current().pid());
    Children.run(bench.file("taskset.log"), List.of("taskset", "-a", "-c", "-p", cores, self));
  }
}

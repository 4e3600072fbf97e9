package dev.cairn.tests.fuzz;

import dev.cairn.store.RamLayout;
import dev.cairn.tools.image.MappedRamImage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A mapped-ram file of QEMU, or of libvirt: opened, its device state and all its pages read. It has
 * no checksums. It lies in a file of its own, since the reader takes files.
 */
record MappedRamTarget() implements FuzzTarget {
  private static final Path HOME = Path.of(System.getProperty("java.io.tmpdir"));

  @Override
  public String name() {
    return "mapped-ram";
  }

  @Override
  public int mostBytes() {
    return 32 << 10;
  }

  @Override
  public Allowance allowance() {
    return Allowance.OF_IMAGE;
  }

  @Override
  public Allowance.Extra read(byte[] input) throws IOException {
    Path file = HOME.resolve("cairn-fuzz-" + ProcessHandle.current().pid() + ".mr");
    try {
      Files.write(file, input);
      try (MappedRamImage image = MappedRamImage.open(file);
          Arena arena = Arena.ofConfined()) {
        if (image.deviceState().sections().size() != 3) {
          throw new AssertionError("device state of " + image.deviceState().sections().size());
        }
        RamLayout layout = image.layout();
        MemorySegment page = arena.allocate(layout.pageSize(), 64);
        for (int block = 0; block < layout.blocks().size(); block++) {
          read(image, block, layout.blocks().get(block).pages(layout.pageSize()), page);
        }
      }
      return Allowance.Extra.NONE;
    } finally {
      Files.delete(file);
    }
  }

  private static void read(MappedRamImage image, int block, long pages, MemorySegment page)
      throws IOException {
    AtomicLong end = new AtomicLong();
    image.presentRuns(
        block,
        0,
        pages,
        (first, count) -> {
          if (first < end.get() || count < 1 || count > pages - first) {
            throw new AssertionError(count + " pages from " + first + " on of " + pages);
          }
          end.set(first + count);
          for (long p = first; p < first + count; p++) {
            image.read(block, p, page);
          }
        });
  }
}

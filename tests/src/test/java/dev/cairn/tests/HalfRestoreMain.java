package dev.cairn.tests;

import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.image.FlatSink;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/** A process that restores the first of two pages, and then waits. Started by tests only. */
final class HalfRestoreMain {
  private static final int PAGE = 4096;

  private HalfRestoreMain() {}

  public static void main(String[] arguments) throws IOException {
    RamLayout layout = new RamLayout(PAGE, List.of(new RamBlock("ram", 2 * PAGE)));
    try (FlatSink sink = new FlatSink(Path.of(arguments[0]))) {
      sink.begin(layout, DeviceState.NONE);
      sink.write(0, 0, MemorySegment.ofArray(new byte[PAGE]));
      System.out.println("half");
      int next = System.in.read();
      while (next >= 0) {
        next = System.in.read();
      }
    }
  }
}

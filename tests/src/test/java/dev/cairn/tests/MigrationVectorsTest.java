package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.image.MappedRamImage;
import dev.cairn.tools.linux.UnixSocket;
import dev.cairn.tools.migration.RamSink;
import dev.cairn.tools.migration.SocketInput;
import dev.cairn.tools.migration.StreamCommands;
import dev.cairn.tools.migration.StreamReader;
import dev.cairn.tools.migration.StreamWriter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Device states of QEMU 10.0.2, streamed: their descriptions tell where they end. */
class MigrationVectorsTest {
  /** Where a stream has no pages. */
  private static final RamSink NO_PAGES =
      new RamSink() {
        @Override
        public void layout(RamLayout layout) {}

        @Override
        public void page(int block, long page, MemorySegment content) {
          throw new AssertionError("a page");
        }

        @Override
        public void zero(int block, long page) {
          throw new AssertionError("a page");
        }
      };

  @Test
  void theEndOfEachVectorsDevicesIsFound(@TempDir Path directory) throws Exception {
    for (int n = 0; n < Vectors.COUNT; n++) {
      try (MappedRamImage image = MappedRamImage.open(Vectors.unpack(n, directory))) {
        assertEquals(image.deviceState(), streamed(image.layout(), image.deviceState()));
      }
    }
  }

  /** Writes a state into a socket whose peer does not end its side, and returns what is read. */
  private static DeviceState streamed(RamLayout layout, DeviceState state) throws Exception {
    List<UnixSocket> pair = UnixSocket.pair("pair");
    try (UnixSocket to = pair.get(0);
        UnixSocket from = pair.get(1);
        ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
        Arena arena = Arena.ofConfined()) {
      Future<?> written = executor.submit(() -> write(to, layout, state));
      StreamReader reader =
          new StreamReader(
              new SocketInput(from, arena.allocate(64 << 10), SocketInput.Watch.NONE),
              StreamCommands.NONE);
      reader.readHead();
      reader.readRam(NO_PAGES);
      DeviceState read = reader.readState();
      written.get();
      assertEquals(layout, reader.layout());
      return read;
    }
  }

  private static boolean write(UnixSocket to, RamLayout layout, DeviceState state)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      StreamWriter writer = new StreamWriter(to::write, arena.allocate(64 << 10));
      writer.head(content(state, StreamReader.CONFIGURATION));
      writer.ramStart(layout, false);
      writer.ramEnd();
      writer.devices(
          content(state, StreamReader.DEVICES), content(state, StreamReader.DESCRIPTION));
      writer.flush();
      return true;
    }
  }

  private static byte[] content(DeviceState state, String section) {
    return state.find(section).orElseThrow().content();
  }
}

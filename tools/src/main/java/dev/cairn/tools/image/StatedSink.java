package dev.cairn.tools.image;

import dev.cairn.chain.PageSink;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes a sink's memory and, into a file of its own, the device state that {@link StatedImage}
 * took in. The memory gets its name last.
 */
public final class StatedSink implements PageSink {
  private final PageSink memory;
  private final Path target;
  private @Nullable NewFile file;

  /**
   * Makes a sink.
   *
   * @param memory closed with this one
   * @param target the file of the device state
   */
  public StatedSink(PageSink memory, Path target) {
    this.memory = memory;
    this.target = target;
  }

  @Override
  public void begin(RamLayout layout, DeviceState state) throws IOException {
    DeviceSection section = state.find(StatedImage.DEVICE_STATE).orElse(null);
    if (section == null) {
      String found =
          state.sections().stream().map(DeviceSection::name).collect(Collectors.joining(", "));
      throw ImageFile.bad(
          target,
          "device state of the point",
          0,
          "a section " + StatedImage.DEVICE_STATE,
          found.isEmpty() ? "none" : found,
          found.isEmpty()
              ? "restore the memory alone, without --device-state"
              : "restore it --to mapped-ram:PATH, without --device-state");
    }
    memory.begin(layout, state);
    NewFile opened = NewFile.create(target);
    file = opened;
    opened.write(0, MemorySegment.ofArray(section.content()));
  }

  @Override
  public void write(int block, long page, MemorySegment data) throws IOException {
    memory.write(block, page, data);
  }

  @Override
  public void finish() throws IOException {
    if (file == null) {
      throw new IllegalStateException("begin first");
    }
    file.finish();
    memory.finish();
  }

  @Override
  public void close() throws IOException {
    try (memory) {
      if (file != null) {
        file.close();
      }
    }
  }
}

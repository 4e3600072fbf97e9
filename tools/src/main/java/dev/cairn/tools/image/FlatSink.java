package dev.cairn.tools.image;

import dev.cairn.chain.PageSink;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a file of nothing but memory: blocks one after another, zero pages as holes. The device
 * state is not in it.
 */
public final class FlatSink implements PageSink {
  private final Path target;
  private final List<Long> offsets = new ArrayList<>();
  private int pageSize;
  private long length;
  private @Nullable NewFile file;

  public FlatSink(Path target) {
    this.target = target;
  }

  @Override
  public void begin(RamLayout layout, DeviceState state) throws IOException {
    file = NewFile.create(target);
    pageSize = layout.pageSize();
    for (RamBlock block : layout.blocks()) {
      offsets.add(length);
      length += block.length();
    }
  }

  private NewFile file() {
    if (file == null) {
      throw new IllegalStateException("begin first");
    }
    return file;
  }

  @Override
  public void write(int block, long page, MemorySegment data) throws IOException {
    file().write(offsets.get(block) + page * pageSize, data);
  }

  @Override
  public void finish() throws IOException {
    file().extend(length);
    file().finish();
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}

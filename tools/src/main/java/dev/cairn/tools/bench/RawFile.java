package dev.cairn.tools.bench;

import dev.cairn.chain.PageImage;
import dev.cairn.chain.PageSink;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A machine's memory as one plain file, without an fsync at its end, so that it can be held against
 * cp and cmp. Safe for use by several threads.
 */
final class RawFile implements PageImage, PageSink {
  private final RamLayout layout;
  private final FileChannel channel;

  private RawFile(RamLayout layout, FileChannel channel) {
    this.layout = layout;
    this.channel = channel;
  }

  /** Makes a file of the layout's length, one hole; an older one is emptied. */
  static RawFile create(Path path, RamLayout layout) throws IOException {
    FileChannel channel =
        FileChannel.open(
            path,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING);
    return new RawFile(layout, channel);
  }

  @Override
  public RamLayout layout() {
    return layout;
  }

  @Override
  public DeviceState deviceState() {
    return DeviceState.NONE;
  }

  @Override
  public void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException {
    visitor.run(from, to - from);
  }

  @Override
  public void read(int block, long page, MemorySegment into) throws IOException {
    ByteBuffer buffer = into.asByteBuffer();
    long at = page * layout.pageSize();
    while (buffer.hasRemaining()) {
      int count = channel.read(buffer, at);
      if (count < 0) {
        throw new IOException("the file ends at " + at);
      }
      at += count;
    }
  }

  @Override
  public void begin(RamLayout asked, DeviceState state) throws IOException {
    if (!asked.equals(layout)) {
      throw new IllegalArgumentException("another layout");
    }
    channel.write(ByteBuffer.wrap(new byte[1]), layout.totalBytes() - 1);
  }

  @Override
  public void write(int block, long page, MemorySegment data) throws IOException {
    ByteBuffer buffer = data.asByteBuffer();
    long at = page * layout.pageSize();
    while (buffer.hasRemaining()) {
      at += channel.write(buffer, at);
    }
  }

  @Override
  public void finish() {}

  /** Reads everything once, in large pieces, and looks at nothing. */
  void readWhole() throws IOException {
    int step = 1 << 20;
    try (Arena arena = Arena.ofConfined()) {
      ByteBuffer piece = arena.allocate(step, 4096).asByteBuffer();
      for (long at = 0; at < layout.totalBytes(); ) {
        int count = channel.read(piece.clear(), at);
        if (count < 0) {
          throw new IOException("the file ends at " + at);
        }
        at += count;
      }
    }
  }

  /** Makes the content durable: so that writing it back does not fall into somebody's time. */
  void force() throws IOException {
    channel.force(true);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

package dev.cairn.tools.capture;

import dev.cairn.chain.PageImage;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a guest, read where it lies: in files that QEMU shares with whoever opens them, and
 * for the rest in a spool, or in the memory of QEMU itself. As an image it is whole; it is right
 * only while the guest stands still. Its blocks may be read by several threads at once.
 */
final class GuestMemory implements PageImage {
  /** A block that lies in a file. */
  record Place(FileChannel file, long offset) {}

  private final RamLayout layout;
  private final List<Optional<Place>> places;
  private final @Nullable Spool rest;
  private final List<FileChannel> opened;

  /**
   * Makes an image.
   *
   * @param places of the blocks of the layout; those without one are in the rest
   * @param all files that are this one's to close
   */
  GuestMemory(
      RamLayout layout, List<Optional<Place>> places, @Nullable Spool rest, List<FileChannel> all) {
    this.layout = layout;
    this.places = places;
    this.rest = rest;
    this.opened = all;
  }

  @Override
  public RamLayout layout() {
    return layout;
  }

  /** It has none: that comes by another way. */
  @Override
  public DeviceState deviceState() {
    return DeviceState.NONE;
  }

  @Override
  public void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException {
    if (places.get(block).isPresent()) {
      visitor.run(from, to - from);
    } else if (rest != null) {
      rest.runs(block, from, to, false, visitor);
    }
  }

  @Override
  public void read(int block, long page, MemorySegment into) throws IOException {
    Optional<Place> place = places.get(block);
    if (place.isPresent()) {
      read(place.get(), page * Spool.PAGE, into);
    } else if (rest != null) {
      rest.read(block, page, into);
    }
  }

  private static void read(Place place, long offset, MemorySegment into) throws IOException {
    ByteBuffer buffer = into.asByteBuffer();
    while (buffer.hasRemaining()) {
      if (place.file.read(buffer, place.offset + offset + buffer.position()) < 0) {
        throw new EOFException("a file of the guest's memory became shorter");
      }
    }
  }

  /** Closes what is its own; the shared files stay open. */
  @Override
  public void close() throws IOException {
    for (FileChannel channel : opened) {
      channel.close();
    }
  }
}

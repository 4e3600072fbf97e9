package dev.cairn.merge;

import dev.cairn.store.BusyException;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.file.FrameEncoder;
import dev.cairn.store.file.FrameReader;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.PagesWriter;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Copies single frames into a page file, each page checked and whole: as they are, or by another
 * codec. Not thread-safe.
 */
final class PackedWhole implements Closeable {
  private final PagesWriter writer;
  private final FrameReader reader;
  private final int kind;
  private final @Nullable FrameEncoder encoder;

  /**
   * @param codec of the new frames; empty: that of the old ones
   */
  PackedWhole(PagesWriter writer, int pageSize, Optional<FrameCodec> codec) {
    this.writer = writer;
    this.reader = new FrameReader(pageSize);
    this.kind = codec.map(FrameCodec::kind).orElse(Address.ZERO);
    this.encoder = codec.isPresent() ? new FrameEncoder(codec.get(), pageSize) : null;
  }

  /**
   * Reads a frame; it is added by {@link #write}.
   *
   * @return how it is to be stored whole
   */
  MemorySegment read(OpenFile file, long address, int crc) throws IOException {
    MemorySegment stored = reader.read(file, address, crc);
    if (encoder == null && Address.kind(address) == Address.DIFFERENCE) {
      throw new BusyException(file.name() + " came while others were packed; pack again");
    }
    return encoder == null || Address.kind(address) == kind
        ? stored
        : encoder.encode(reader.page());
  }

  /** Returns the page that was read last, good until the next one is. */
  MemorySegment page() {
    return reader.page();
  }

  /**
   * Writes what {@link #read} returned.
   *
   * @param address that the frame had
   * @return its new address, by ordinal 0
   */
  long write(long address, MemorySegment whole) throws IOException {
    int newKind = Address.kind(address);
    if (encoder != null && newKind != kind) {
      newKind = encoder.kind(reader.page(), whole);
    }
    long offset = writer.add(newKind, whole);
    return newKind == Address.PLAIN
        ? Address.of(newKind, 0, offset)
        : Address.of(newKind, 0, offset, (int) whole.byteSize());
  }

  /** Copies a frame and returns its new address, by ordinal 0. */
  long add(OpenFile file, long address, int crc) throws IOException {
    return write(address, read(file, address, crc));
  }

  @Override
  public void close() {
    reader.close();
    if (encoder != null) {
      encoder.close();
    }
  }
}

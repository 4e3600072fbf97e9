package dev.cairn.store.file;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Writes a layer or a base image of one checkpoint from ascending pages. Not thread-safe.
 *
 * <p>Order of calls: {@link #add} and {@link #addZero} in ascending order of block and page, {@link
 * #addSection}, then {@link #seal}. For a base image whose pages come in another order there is
 * {@link BaseWriter}.
 */
public final class LayerWriter implements CheckpointWriter {
  private static final int ROOM_BYTES = 256 << 10;

  private final FileHeader header;
  private final Arena arena = Arena.ofConfined();
  private final Placement placement;
  private final BodyWriter body;
  private final IndexSpill spill;
  private final IndexWriter index;
  private final FrameEncoder frames;
  private final Versions versions = new Versions();
  private final Crc crc = new Crc();
  private final int zeroCrc;
  private MemorySegment apart = MemorySegment.NULL;
  private long key = -1;
  private long zeroPages;
  private long frameBytes;
  private long frameCount;

  /** Where pages go: one after another, or each at its fixed place. */
  private sealed interface Placement {
    record Packed() implements Placement {}

    record Fixed(List<Area> areas) implements Placement {
      Area area(int block) {
        for (Area area : areas) {
          if (area.ordinal() == block) {
            return area;
          }
        }
        throw new IllegalArgumentException("no area for block " + block);
      }
    }
  }

  private LayerWriter(
      FileHeader header,
      StoreDirectory directory,
      StoreOutput out,
      FrameCodec codec,
      Placement placement)
      throws IOException {
    this.header = header;
    this.placement = placement;
    body = new BodyWriter(out);
    spill = new IndexSpill(directory, header.name());
    index = new IndexWriter(header, out, spill);
    frames = new FrameEncoder(codec, header.pageSize());
    zeroCrc = Crc.ofZeroPage(header.pageSize());
    MemorySegment encoded = MemorySegment.ofArray(new byte[FileHeader.LENGTH]);
    header.encode(encoded);
    body.append(encoded);
  }

  /**
   * Begins a layer.
   *
   * @param directory for a temporary file, should the index be large
   */
  public static LayerWriter layer(
      FileHeader header, StoreDirectory directory, StoreOutput out, FrameCodec codec)
      throws IOException {
    return new LayerWriter(header, directory, out, codec, new Placement.Packed());
  }

  /**
   * Begins a base image with an area for each block of a layout.
   *
   * @param directory for a temporary file, should the index be large
   */
  public static LayerWriter base(
      FileHeader header, StoreDirectory directory, StoreOutput out, PointLayout layout)
      throws IOException {
    Placement placement = new Placement.Fixed(Area.place(layout));
    return new LayerWriter(header, directory, out, FrameCodec.PLAIN, placement);
  }

  /**
   * Returns memory for the next pages, to be prepared there and then added in order, each from its
   * place or not at all. Where pages are stored plain it is a part of what goes to the file, and
   * spares a copy. Good until the next call of this method.
   *
   * @param most pages; at least 1
   * @return for as many pages, or fewer
   */
  public MemorySegment room(long most) throws IOException {
    int pageSize = header.pageSize();
    long bytes = Math.min(most, ROOM_BYTES / pageSize) * pageSize;
    if (placement instanceof Placement.Packed && frames.isPlain()) {
      body.align(Address.alignment(pageSize));
      MemorySegment room = body.room(bytes);
      if (room.byteSize() >= pageSize) {
        return room.asSlice(0, room.byteSize() & -pageSize);
      }
    }
    if (apart.byteSize() == 0) {
      apart = arena.allocate(ROOM_BYTES, 4096);
    }
    return apart.asSlice(0, bytes);
  }

  /**
   * Adds a page.
   *
   * @param block ordinal in the chain's block table
   * @param page number within the block
   * @param data the page in native memory, borrowed for the call
   */
  public void add(int block, long page, MemorySegment data) throws IOException {
    if (Bytes.isZero(data)) {
      addZero(block, page);
      return;
    }
    add(block, page, data, crc.of(data));
  }

  /**
   * Adds a page that is not zero and whose checksum is known and has been checked.
   *
   * @param pageCrc CRC-32C of the data; the body's checksum is made of it, too
   */
  public void add(int block, long page, MemorySegment data, int pageCrc) throws IOException {
    enter(block, page);
    long address =
        switch (placement) {
          case Placement.Packed() -> append(data, pageCrc);
          case Placement.Fixed fixed -> {
            body.skipTo(fixed.area(block).offset() + page * header.pageSize());
            long at = Address.of(Address.PLAIN, 0, body.position());
            body.append(data, pageCrc);
            frameBytes += data.byteSize();
            yield at;
          }
        };
    frameCount++;
    versions.add((int) (page % Versions.REGION_PAGES), header.name().last(), pageCrc, address);
  }

  /** Adds a page of zeros; in a base image that is nothing at all. */
  public void addZero(int block, long page) throws IOException {
    if (placement instanceof Placement.Packed) {
      enter(block, page);
      versions.add(
          (int) (page % Versions.REGION_PAGES), header.name().last(), zeroCrc, Address.ZERO);
      zeroPages++;
    }
  }

  private long append(MemorySegment data, int pageCrc) throws IOException {
    MemorySegment frame = frames.encode(data);
    frameBytes += frame.byteSize();
    int kind = frames.kind(data, frame);
    if (kind != Address.PLAIN) {
      long offset = body.frame(Address.STEP, frame);
      return Address.of(kind, 0, offset, (int) frame.byteSize());
    }
    body.align(Address.alignment(header.pageSize()));
    long offset = body.position();
    body.append(data, pageCrc);
    return Address.of(kind, 0, offset);
  }

  private void enter(int block, long page) throws IOException {
    long next = Directory.keyOf(block, page);
    if (next != key) {
      if (next < key) {
        throw new IllegalArgumentException("page " + page + " of block " + block + " goes back");
      }
      endRegion();
      key = next;
    }
  }

  private void endRegion() throws IOException {
    if (versions.size() > 0) {
      index.add(key, versions, fixedAddress());
      versions.clear();
    }
  }

  private long fixedAddress() {
    if (!(placement instanceof Placement.Fixed fixed)) {
      return 0;
    }
    long firstPage = key & 0xffff_ffffL;
    long offset = fixed.area((int) (key >>> 32)).offset() + firstPage * header.pageSize();
    return Address.of(Address.PLAIN, 0, offset);
  }

  @Override
  public StoredSection addSection(DeviceSection section) throws IOException {
    if (placement instanceof Placement.Fixed fixed) {
      body.skipTo(Math.max(body.position(), Area.end(fixed.areas())));
    }
    StoredSection stored = DeviceFrames.write(body, section);
    frameBytes += Bytes.alignUp(stored.storedLength(), 64);
    frameCount++;
    return stored;
  }

  public int pageSize() {
    return header.pageSize();
  }

  @Override
  public Point.Written written(boolean wholeImage) {
    return new Point.Written(
        index.versionCount() + versions.size(), zeroPages, frameBytes, wholeImage);
  }

  @Override
  public SealedFile seal(Point point, List<DrawnFile> drawn) throws IOException {
    PointChunks.check(point);
    endRegion();
    List<Area> areas = List.of();
    if (placement instanceof Placement.Fixed fixed) {
      areas = fixed.areas();
      body.skipTo(Math.max(body.position(), Area.end(areas)));
    }
    body.align(64);
    BlockSums sums = body.finish();
    long metadataOffset = body.position();
    MetadataWriter metadata = index.startAt(metadataOffset);
    List<DrawnFile> files =
        PointChunks.files(new DrawnFile(header.name(), frameBytes, frameCount), drawn);
    new PointChunks(point, files, areas, sums).write(metadata, index, metadataOffset);
    return metadata.finish(body.writtenBytes());
  }

  @Override
  public void close() throws IOException {
    arena.close();
    frames.close();
    body.close();
    spill.close();
  }
}

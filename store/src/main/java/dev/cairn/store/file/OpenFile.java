package dev.cairn.store.file;

import dev.cairn.store.CorruptFileException;
import dev.cairn.store.RefusedException;
import dev.cairn.store.io.StoreInput;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * An open base image, layer or page file: header and footer are read and checked when it is opened,
 * file table and directory then or later, points, regions and frames when they are asked for. Safe
 * for use by several threads.
 */
public final class OpenFile implements Closeable {
  /** How long the footer is: the last bytes of a file. */
  public static final int FOOTER_BYTES = Footer.LENGTH;

  /** What says which versions there are and where. */
  private record Index(List<DrawnFile> files, Directory directory, List<Area> areas) {}

  private final StoreInput in;
  private final FileHeader header;
  private final Footer footer;
  private final ChunkTable table;
  private volatile @Nullable Index index;
  private @Nullable List<Point> points;
  private @Nullable Chunk pointsChunk;

  private OpenFile(StoreInput in, FileHeader header, Footer footer) throws IOException {
    this.in = in;
    this.header = header;
    this.footer = footer;
    long tableLength = (long) Footer.ENTRY_LENGTH * footer.chunks();
    this.table =
        new ChunkTable(header, footer, read(in, name(), footer.tableOffset(), tableLength));
  }

  /**
   * Reads and checks file table and directory, once. All but frames, sections and checksums needs
   * them; a page file has none.
   */
  public synchronized void loadIndex() throws IOException {
    if (index != null || header.name().kind() == FileKind.PAGES) {
      return;
    }
    List<DrawnFile> files = FileTable.decode(header, chunk(ChunkId.FILES));
    Directory directory =
        new Directory(chunk(ChunkId.INDEX), footer.metadataOffset(), table.firstChunk());
    boolean base = header.name().kind() == FileKind.BASE;
    index = new Index(files, directory, base ? readAreas(files.size()) : List.of());
  }

  /** Tells whether {@link #loadIndex} has read an index, and found it sound. */
  public boolean hasIndex() {
    return index != null;
  }

  private Index index() {
    Index loaded = index;
    if (loaded == null) {
      throw new IllegalStateException(name() + " has no index, or it was not loaded");
    }
    return loaded;
  }

  /** A base image's one point says where its pages lie. */
  private List<Area> readAreas(int files) throws IOException {
    Chunk chunk = chunk(ChunkId.AREAS);
    List<Area> found = Area.decode(chunk);
    List<Point> own = new PointsDecoder(header, chunk(ChunkId.POINTS), files).points();
    chunk.require(own.size() == 1, "points of a base image", 0, 1, own.size());
    List<Area> expected = Area.place(own.getFirst().layout());
    chunk.require(found.equals(expected), "areas", 8, expected, found);
    boolean within = expected.isEmpty() || Area.end(expected) <= footer.metadataOffset();
    chunk.require(within, "areas", 8, "in the body", footer.metadataOffset());
    return found;
  }

  /** Every page of a base image lies at its place, within its block. */
  private void checkPlace(Chunk chunk, Directory.Entry entry, Region region)
      throws CorruptFileException {
    boolean fixed = (entry.flags() & Region.FIXED) != 0;
    boolean base = header.name().kind() == FileKind.BASE;
    chunk.require(fixed == base, "fixed places", 0, base, fixed);
    if (base) {
      long start = entry.firstPage() / Versions.REGION_PAGES * Versions.REGION_PAGES;
      long last = start + region.page(region.pageCount() - 1);
      Area area =
          index().areas.stream().filter(a -> a.ordinal() == entry.block()).findFirst().orElse(null);
      long expected = area == null ? -1 : area.offset() + start * header.pageSize();
      long actual = Address.offset(region.address(0)) - (long) region.page(0) * header.pageSize();
      boolean own = Address.ordinal(region.address(0)) == 0;
      chunk.require(own && expected == actual, "place of the region", 0, expected, actual);
      boolean within = area != null && (last + 1) * header.pageSize() <= area.length();
      chunk.require(within, "last page", 0, "within its block", last);
    }
  }

  /**
   * Opens a file for all that it has: checks everything but its points, regions and frames. Owns
   * {@code in} from then on; it is closed if opening fails.
   *
   * @throws CorruptFileException if it is not, bit by bit, the file of that name
   * @throws RefusedException if it was written by a newer Cairn
   */
  public static OpenFile open(FileName name, StoreInput in) throws IOException {
    OpenFile file = openData(name, in);
    boolean done = false;
    try {
      file.loadIndex();
      done = true;
      return file;
    } finally {
      if (!done) {
        file.close();
      }
    }
  }

  /** As {@link #open}, for its frames alone: an index that nobody asks may be damaged. */
  public static OpenFile openData(FileName name, StoreInput in) throws IOException {
    boolean done = false;
    try {
      long length = in.length();
      if (length < FileHeader.LENGTH + Footer.LENGTH) {
        throw new CorruptFileException(
            name.text(), "length", 0, "≥ " + (FileHeader.LENGTH + Footer.LENGTH), length);
      }
      FileHeader header =
          FileHeader.decode(name.text(), read(in, name.text(), 0, FileHeader.LENGTH));
      if (!header.name().equals(name)) {
        throw new CorruptFileException(name.text(), "header", 0, name, header.name());
      }
      MemorySegment end = read(in, name.text(), length - Footer.LENGTH, Footer.LENGTH);
      OpenFile file = new OpenFile(in, header, Footer.decode(header, end, length));
      done = true;
      return file;
    } finally {
      if (!done) {
        in.close();
      }
    }
  }

  /**
   * Returns where the metadata of a file begin of which nothing but header and footer need be
   * there.
   *
   * @throws CorruptFileException if these are not of the file of that name
   */
  public static long metadataOffset(FileName name, StoreInput in) throws IOException {
    FileHeader header = FileHeader.decode(name.text(), read(in, name.text(), 0, FileHeader.LENGTH));
    if (!header.name().equals(name)) {
      throw new CorruptFileException(name.text(), "header", 0, name, header.name());
    }
    long length = in.length();
    MemorySegment end = read(in, name.text(), length - Footer.LENGTH, Footer.LENGTH);
    return Footer.decode(header, end, length).metadataOffset();
  }

  private static MemorySegment read(StoreInput in, String file, long offset, long length)
      throws IOException {
    MemorySegment s = MemorySegment.ofArray(new byte[Math.toIntExact(length)]);
    try {
      in.read(offset, s);
    } catch (EOFException e) {
      throw new CorruptFileException(file, "bytes", offset, length + " bytes", "end of file");
    }
    return s;
  }

  private Chunk chunk(int id) throws IOException {
    ChunkTable.Entry entry = table.entry(id);
    long offset = entry.offset();
    Chunk chunk = new Chunk(name(), id, offset, read(in, name(), offset, entry.length()));
    int crc = new Crc().of(chunk.bytes());
    chunk.require(crc == entry.crc(), "CRC", 0, entry.crc(), crc);
    return chunk;
  }

  /** Returns the file's name, for errors. */
  public String name() {
    return header.name().text();
  }

  public FileHeader header() {
    return header;
  }

  /** Returns the length in bytes. */
  public long length() {
    return footer.length();
  }

  /** Returns how many names the file has: in other chains, and where a repair puts files aside. */
  public int names() throws IOException {
    return in.names();
  }

  /** Returns the bytes that it takes: of a base image without its holes. */
  public long storedBytes() {
    boolean sparse = header.name().kind() == FileKind.BASE;
    long metadata = footer.length() - footer.metadataOffset();
    return sparse ? metadata + files().getFirst().drawnBytes() : footer.length();
  }

  /** Returns where the body ends and the metadata begin, bytes. */
  public long metadataOffset() {
    return footer.metadataOffset();
  }

  /** Returns the file table; entry 0 is the file itself. Empty for page files. */
  public List<DrawnFile> files() {
    return header.name().kind() == FileKind.PAGES ? List.of() : index().files;
  }

  /**
   * Returns the points that this file answers exactly, by number. Empty for page files. Read and
   * checked when first asked for: of a hundred thousand points a writer needs one.
   */
  public synchronized List<Point> points() throws IOException {
    if (points == null) {
      points =
          header.name().kind() == FileKind.PAGES
              ? List.of()
              : List.copyOf(pointsDecoder().points());
      pointsChunk = null;
    }
    return points;
  }

  /** Returns the point of a checkpoint, if the file lists it. Decodes no other. */
  public synchronized Optional<Point> point(long checkpoint) throws IOException {
    if (points == null) {
      Optional<Point> found = pointsDecoder().find(checkpoint);
      if (found.isPresent()) {
        return found;
      }
      // That there is none can only be said of records that are in order.
    }
    return points().stream().filter(p -> p.checkpoint() == checkpoint).findFirst();
  }

  private PointsDecoder pointsDecoder() throws IOException {
    if (pointsChunk == null) {
      pointsChunk = chunk(ChunkId.POINTS);
    }
    return new PointsDecoder(header, pointsChunk, files().size());
  }

  /** Returns the directory of the page index. Not for page files. */
  public Directory directory() {
    return index().directory;
  }

  /** Reads and checks the region, or the piece of one, of the i-th entry of the directory. */
  public Region region(int i) throws IOException {
    Directory.Entry entry = directory().entry(i);
    Chunk chunk =
        new Chunk(
            name(),
            ChunkId.of("regn"),
            entry.offset(),
            read(in, name(), entry.offset(), entry.length()));
    int crc = new Crc().of(chunk.bytes());
    chunk.require(crc == entry.crc(), "CRC", 0, entry.crc(), crc);
    Region region = new Region(header, entry, chunk, files().size());
    checkPlace(chunk, entry, region);
    return region;
  }

  /** Reads bytes of the body, unchecked. */
  public void readBody(long offset, MemorySegment into) throws IOException {
    requireBody(offset, into.byteSize());
    readRaw(offset, into);
  }

  /** Fails unless so many bytes lie in the body: to be asked before they are given memory. */
  void requireBody(long offset, long length) throws CorruptFileException {
    if (offset < FileHeader.LENGTH || length > footer.metadataOffset() - offset) {
      throw new CorruptFileException(
          name(),
          "address of a frame",
          offset,
          "within the body of " + footer.metadataOffset() + " bytes",
          length + " bytes");
    }
  }

  /**
   * Reads a MiB of the body and checks it.
   *
   * @param crc as {@link #sums} has it
   * @param into at least {@link BlockSums#BLOCK} bytes
   * @return the part that was filled
   */
  public MemorySegment readBlock(long number, int crc, MemorySegment into) throws IOException {
    long offset = number * BlockSums.BLOCK;
    MemorySegment block = into.asSlice(0, Math.min(BlockSums.BLOCK, metadataOffset() - offset));
    readRaw(offset, block);
    requireBlock(number, crc, block);
    return block;
  }

  /**
   * Checks the bytes of a MiB of the body, wherever they come from.
   *
   * @param crc as {@link #sums} has it
   */
  public void requireBlock(long number, int crc, MemorySegment block) throws CorruptFileException {
    int actual = new Crc().of(block);
    if (actual != crc) {
      HexFormat hex = HexFormat.of();
      throw new CorruptFileException(
          name(),
          "CRC of a MiB of the body",
          number * BlockSums.BLOCK,
          hex.toHexDigits(crc),
          hex.toHexDigits(actual));
    }
  }

  /** Reads bytes from anywhere, unchecked: for those who check whole blocks. */
  public void readRaw(long offset, MemorySegment into) throws IOException {
    try {
      in.read(offset, into);
    } catch (EOFException e) {
      throw new CorruptFileException(
          name(), "bytes of the body", offset, into.byteSize() + " bytes", "end of file");
    }
  }

  /** Returns the checksums of the body. */
  public BlockSums sums() throws IOException {
    return BlockSums.decode(chunk(ChunkId.SUMS), footer.metadataOffset());
  }

  /**
   * Reads and checks all metadata and returns the SHA-256 of header, chunks, table and footer, as a
   * manifest has it; the regions are bound by their CRCs in the directory.
   */
  public String metadataSha() throws IOException {
    MessageDigest sha = MetadataWriter.sha256();
    CRC32C crc = new CRC32C();
    sha.update(read(in, name(), 0, FileHeader.LENGTH).asByteBuffer());
    long chunks = table.firstChunk();
    long end = footer.length() - Footer.LENGTH;
    forEach(footer.metadataOffset(), chunks, crc::update);
    forEach(
        chunks,
        end,
        bytes -> {
          crc.update(bytes.duplicate());
          sha.update(bytes);
        });
    int actual = (int) crc.getValue();
    if (actual != footer.metadataCrc()) {
      HexFormat hex = HexFormat.of();
      throw new CorruptFileException(
          name(),
          "metadata CRC",
          footer.metadataOffset(),
          hex.toHexDigits(footer.metadataCrc()),
          hex.toHexDigits(actual));
    }
    sha.update(read(in, name(), end, Footer.LENGTH).asByteBuffer());
    return MetadataWriter.text(sha.digest());
  }

  private void forEach(long from, long to, Consumer<ByteBuffer> piece) throws IOException {
    for (long at = from; at < to; ) {
      long length = Math.min(1 << 20, to - at);
      piece.accept(read(in, name(), at, length).asByteBuffer());
      at += length;
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  @Override
  public String toString() {
    return name();
  }
}

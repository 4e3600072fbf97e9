package dev.cairn.store.file;

import dev.cairn.store.CorruptFileException;
import dev.cairn.store.io.StoreInput;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Reads all that a file gives, which may be hostile, and checks that what was accepted agrees with
 * itself: each version is found where it was listed, each page can be read or is corrupt, and what
 * was decoded is the same when it is encoded and decoded again. Not thread-safe.
 */
public final class FileConsistency {
  private final OpenFile file;
  private int points;
  private int versions;
  private int frames;
  private int corrupt;
  private long plain;

  private FileConsistency(OpenFile file) {
    this.file = file;
  }

  /**
   * What of a file could be read.
   *
   * @param points restore points
   * @param versions of pages
   * @param frames that were sound
   * @param corrupt frames, sections and blocks that were found damaged
   * @param plain bytes that the device state which was read may have: what the points say, but for
   *     what so few stored bytes cannot hold
   */
  public record Report(int points, int versions, int frames, int corrupt, long plain) {}

  private Report report() {
    return new Report(points, versions, frames, corrupt, plain);
  }

  /**
   * Reads all, under the name that the file's header has.
   *
   * @throws dev.cairn.store.StoreException if the file is refused as a whole
   * @throws AssertionError if what was accepted contradicts itself
   */
  public static Report check(StoreInput in) throws IOException {
    try (OpenFile file = open(in)) {
      FileConsistency check = new FileConsistency(file);
      check.header();
      file.metadataSha();
      check.body();
      if (file.header().name().kind() == FileKind.PAGES) {
        check.framesAnywhere();
      } else {
        check.tables();
        check.points();
        check.pages();
      }
      return check.report();
    }
  }

  /** Reads the points of a file, and all device state that lies in it. */
  public static Report checkDeviceState(StoreInput in) throws IOException {
    try (OpenFile file = open(in)) {
      FileConsistency check = new FileConsistency(file);
      check.points();
      check.sections();
      return check.report();
    }
  }

  private static OpenFile open(StoreInput in) throws IOException {
    long length = Math.min(in.length(), FileHeader.LENGTH);
    MemorySegment header = MemorySegment.ofArray(new byte[FileHeader.LENGTH]);
    in.read(0, header.asSlice(0, length));
    return OpenFile.open(FileHeader.decode("hostile", header).name(), in);
  }

  private static void same(Object expected, Object actual) {
    if (!expected.equals(actual)) {
      throw new AssertionError("expected " + expected + ", found " + actual);
    }
  }

  private Chunk chunk(int id, byte[] bytes) {
    return new Chunk(file.name(), id, 0, MemorySegment.ofArray(bytes));
  }

  private void header() throws IOException {
    MemorySegment again = MemorySegment.ofArray(new byte[FileHeader.LENGTH]);
    file.header().encode(again);
    same(file.header(), FileHeader.decode("again", again));
    FileName name = file.header().name();
    same(Optional.of(name), FileName.parse(name.text()));
  }

  /** Reads each block of the body that has a checksum. */
  private void body() throws IOException {
    BlockSums sums = file.sums();
    same(
        sums.runs(),
        BlockSums.decode(chunk(ChunkId.SUMS, sums.encode()), file.metadataOffset()).runs());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment block = arena.allocate(BlockSums.BLOCK, 64);
      for (BlockSums.Run run : sums.runs()) {
        for (int i = 0; i < run.crcs().size(); i++) {
          try {
            file.readBlock(run.first() + i, run.crcs().get(i), block);
            frames++;
          } catch (CorruptFileException e) {
            corrupt++;
          }
        }
      }
    }
  }

  /** Takes any place of a page file for a frame of any kind, as a layer's address might. */
  private void framesAnywhere() throws IOException {
    long end = Math.min(file.metadataOffset(), 4096);
    try (FrameReader reader = new FrameReader(file.header().pageSize())) {
      for (long at = 0; at <= end; at += Address.STEP) {
        frame(reader, Address.of(Address.PLAIN, 0, at));
        for (int stored = Address.STEP; stored <= 256; stored *= 2) {
          frame(reader, Address.of(Address.LZ4, 0, at, stored));
          frame(reader, Address.of(Address.ZSTD, 0, at, stored));
          frame(reader, Address.of(Address.DIFFERENCE, 0, at, stored));
        }
      }
    }
  }

  private void frame(FrameReader reader, long address) throws IOException {
    if (Address.isSound(address, file.header().pageSize(), 1, file.header().version())) {
      try {
        reader.read(file, address, 0);
        frames++;
      } catch (CorruptFileException e) {
        corrupt++;
      }
    }
  }

  private void tables() throws IOException {
    byte[] files = FileTable.encode(file.files());
    same(file.files(), FileTable.decode(file.header(), chunk(ChunkId.FILES, files)));
  }

  private void points() throws IOException {
    List<Point> all = file.points();
    points = all.size();
    byte[] encoded = PointsChunk.encode(all);
    Chunk again = chunk(ChunkId.POINTS, encoded);
    same(all, new PointsDecoder(file.header(), again, file.files().size()).points());
    for (Point point : all) {
      same(Optional.of(point), file.point(point.checkpoint()));
    }
    same(true, Arrays.equals(encoded, PointsChunk.encode(file.points())));
  }

  private boolean isOwn(long address) {
    return file.files().get(Address.ordinal(address)).name().equals(file.header().name());
  }

  private long mostPlain(StoredSection section) {
    long stored = Math.min(section.storedLength(), file.length());
    boolean compressed = Address.kind(section.address()) == Address.ZSTD;
    return Math.min(section.length(), compressed ? stored * DeviceFrames.MOST_EXPANSION : stored);
  }

  private void sections() throws IOException {
    for (Point point : file.points()) {
      for (StoredSection section : point.sections()) {
        if (isOwn(section.address())) {
          plain += mostPlain(section);
          try {
            same(section.length(), (long) DeviceFrames.read(file, section).length());
            frames++;
          } catch (CorruptFileException e) {
            corrupt++;
          }
        }
      }
    }
  }

  private void pages() throws IOException {
    int pageSize = file.header().pageSize();
    try (Arena arena = Arena.ofConfined();
        PageReader reader = new PageReader(pageSize, arena)) {
      MemorySegment page = arena.allocate(pageSize, 64);
      long pagesSeen = 0;
      for (int i = 0; i < file.directory().size(); i++) {
        same(i, file.directory().ceiling(file.directory().key(i)));
        Region region;
        try {
          region = file.region(i);
        } catch (CorruptFileException e) {
          corrupt++;
          pagesSeen += file.directory().entry(i).pages();
          versions += file.directory().entry(i).versions();
          continue;
        }
        pagesSeen += region.pageCount();
        versions += region.versions();
        for (int rank = 0; rank < region.pageCount(); rank++) {
          page(region, rank, reader, page);
        }
      }
      same(file.directory().pageCount(), pagesSeen);
      same(file.directory().versionCount(), (long) versions);
    }
  }

  private void page(Region region, int rank, PageReader reader, MemorySegment page)
      throws IOException {
    long before = file.header().name().first() - 1;
    for (int v = region.firstVersion(rank); v < region.endVersion(rank); v++) {
      long at = region.checkpoint(v);
      same(true, at > before && at <= file.header().name().last());
      same(v, region.find(region.page(rank), at));
      before = at;
      read(region, v, reader, page);
    }
  }

  private void read(Region region, int version, PageReader reader, MemorySegment page)
      throws IOException {
    long address = region.address(version);
    if (Address.kind(address) == Address.ZERO || !isOwn(address)) {
      return;
    }
    try {
      reader.begin();
      reader.want(file, address, region.crc(version), 0);
      reader.readInto(page);
      same(region.crc(version), new Crc().of(page));
      frames++;
    } catch (CorruptFileException e) {
      corrupt++;
    }
  }
}

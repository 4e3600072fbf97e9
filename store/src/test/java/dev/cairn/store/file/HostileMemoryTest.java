package dev.cairn.store.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.BadInputException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.RefusedException;
import dev.cairn.store.StoreException;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a file asks of memory is bounded by its own length, whatever it says. */
final class HostileMemoryTest {
  private static final FileHeader LAYER = TestFiles.header(FileKind.LAYER, 1, 1, 512);
  private static final int BODY_END = FileHeader.LENGTH + 64;
  private static final PointLayout LAYOUT = TestFiles.layout(512, 512);

  private final MemoryDirectory directory = MemoryDirectory.create();

  /** Writes a file of any chunks; its body is zeros. */
  private void write(FileHeader header, Map<Integer, byte[]> chunks) throws IOException {
    try (StoreOutput out = directory.create(header.name().text())) {
      byte[] encoded = new byte[FileHeader.LENGTH];
      header.encode(MemorySegment.ofArray(encoded));
      out.write(0, MemorySegment.ofArray(encoded));
      MetadataWriter metadata = new MetadataWriter(header, out, BODY_END);
      for (Map.Entry<Integer, byte[]> chunk : chunks.entrySet()) {
        metadata.chunk(chunk.getKey(), chunk.getValue());
      }
      metadata.finish(BODY_END);
    }
  }

  private static Map<Integer, byte[]> chunks(Point... points) throws IOException {
    Map<Integer, byte[]> chunks = new LinkedHashMap<>();
    chunks.put(ChunkId.INDEX, new Directory.Builder().encode(BODY_END));
    chunks.put(ChunkId.FILES, FileTable.encode(List.of(new DrawnFile(LAYER.name(), 0, 0))));
    chunks.put(ChunkId.POINTS, PointsChunk.encode(List.of(points)));
    chunks.put(ChunkId.SUMS, new BlockSums().encode());
    return chunks;
  }

  private void assertCorrupt(FileName name, String says) {
    CorruptFileException e =
        assertThrows(
            CorruptFileException.class,
            () -> {
              try (OpenFile file = TestFiles.open(directory, name)) {
                file.points();
              }
            });
    assertTrue(String.valueOf(e.getMessage()).contains(says), e.getMessage());
  }

  @Test
  void unknownOptionalChunkIsSkipped() throws IOException {
    Map<Integer, byte[]> chunks = chunks(TestFiles.point(LAYER, LAYOUT, List.of()));
    chunks.put(ChunkId.of("news"), new byte[1001]);
    write(LAYER, chunks);
    try (OpenFile file = TestFiles.open(directory, LAYER.name())) {
      assertEquals(1, file.points().size());
    }
  }

  @Test
  void fileTableOfMoreFilesThanAddressesNameIsCorrupt() throws IOException {
    List<DrawnFile> files = new ArrayList<>();
    files.add(new DrawnFile(LAYER.name(), 0, 0));
    for (int i = 1; i <= Address.MAX_ORDINALS; i++) {
      files.add(new DrawnFile(new FileName(FileKind.PAGES, 1, 1, i), 0, 0));
    }
    BadInputException e = assertThrows(BadInputException.class, () -> FileTable.encode(files));
    assertTrue(String.valueOf(e.getMessage()).contains("16385 files"), e.getMessage());
    byte[] most = FileTable.encode(files.subList(0, Address.MAX_ORDINALS));
    byte[] more = Arrays.copyOf(most, most.length + FileTable.ENTRY_LENGTH);
    Bytes.put32(MemorySegment.ofArray(more), 0, Address.MAX_ORDINALS + 1);
    Chunk chunk = new Chunk("f", ChunkId.FILES, 0, MemorySegment.ofArray(more));
    assertThrows(CorruptFileException.class, () -> FileTable.decode(LAYER, chunk));
    assertEquals(most.length, ChunkId.most(ChunkId.FILES));
  }

  @Test
  void aFileTableNamesEachFileOnce() throws IOException {
    DrawnFile drawn = new DrawnFile(new FileName(FileKind.PAGES, 1, 1, 7), 0, 0);
    assertTableCorrupt("file id", drawn, drawn);
  }

  @Test
  void nobodyDrawsOnABaseImage() throws IOException {
    assertTableCorrupt("range", new DrawnFile(new FileName(FileKind.BASE, 1, 1, 7), 0, 0));
  }

  /** Sums of what files draw are taken by those who pack them. */
  @Test
  void drawnBytesAboveWhatAFileHoldsAreCorrupt() throws IOException {
    FileName name = new FileName(FileKind.PAGES, 1, 1, 7);
    assertTableCorrupt("drawn bytes", new DrawnFile(name, (1L << 42) + 1, 0));
    assertTableCorrupt("drawn frames", new DrawnFile(name, 0, (1L << 36) + 1));
  }

  private void assertTableCorrupt(String says, DrawnFile... drawn) throws IOException {
    List<DrawnFile> files = new ArrayList<>(List.of(new DrawnFile(LAYER.name(), 0, 0)));
    files.addAll(List.of(drawn));
    Map<Integer, byte[]> chunks = chunks(TestFiles.point(LAYER, LAYOUT, List.of()));
    chunks.put(ChunkId.FILES, FileTable.encode(files));
    if (directory.exists(LAYER.name().text())) {
      directory.delete(LAYER.name().text());
    }
    write(LAYER, chunks);
    assertCorrupt(LAYER.name(), says);
  }

  /** Each section is small enough, but all together are not. */
  @Test
  void sectionsOfMoreThanOneGibInAllAreCorrupt() throws IOException {
    List<StoredSection> sections = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      long address = Address.of(Address.ZSTD, 0, FileHeader.LENGTH);
      sections.add(new StoredSection("section " + i, 1, 0, 240 << 20, 64, address));
    }
    write(LAYER, chunks(TestFiles.point(LAYER, LAYOUT, sections)));
    assertCorrupt(LAYER.name(), "sections at offset");
  }

  @Test
  void controlCharactersInALabelAreCorrupt() throws IOException {
    for (String label : List.of("two\nlines", "\u001b]0;title\u0007", "\u009b31m")) {
      if (directory.exists(LAYER.name().text())) {
        directory.delete(LAYER.name().text());
      }
      write(LAYER, chunks(TestFiles.point(LAYER, LAYOUT, List.of()).withLabel(label)));
      assertCorrupt(LAYER.name(), "no control characters");
    }
  }

  @Test
  void labelAboveItsLimitIsCorrupt() throws IOException {
    Point point = TestFiles.point(LAYER, LAYOUT, List.of());
    write(LAYER, chunks(point.withLabel("é".repeat(513))));
    assertCorrupt(LAYER.name(), "0..1024 bytes");
  }

  /** Thousands of points that each name thousands of sections would need gigabytes. */
  @Test
  void overlappingListsOfSectionsAreCorrupt() throws IOException {
    int count = 20_000;
    FileHeader header =
        new FileHeader(
            new FileName(FileKind.LAYER, 1, count, LAYER.name().fileId()),
            LAYER.chainId(),
            LAYER.parentId(),
            LAYER.lastId(),
            LAYER.pageSize());
    byte[] points = new byte[PointsChunk.HEADER_LENGTH + count * PointsChunk.POINT_LENGTH];
    Point last = TestFiles.point(LAYER, LAYOUT, sections(count));
    byte[] one = PointsChunk.encode(List.of(last));
    int tail = PointsChunk.HEADER_LENGTH + PointsChunk.POINT_LENGTH;
    byte[] chunk = new byte[points.length + one.length - tail];
    System.arraycopy(one, 0, chunk, 0, PointsChunk.HEADER_LENGTH);
    System.arraycopy(one, tail, chunk, points.length, one.length - tail);
    MemorySegment s = MemorySegment.ofArray(chunk);
    Bytes.put32(s, 0, count);
    for (int i = 0; i < count; i++) {
      int at = PointsChunk.HEADER_LENGTH + i * PointsChunk.POINT_LENGTH;
      System.arraycopy(one, PointsChunk.HEADER_LENGTH, chunk, at, PointsChunk.POINT_LENGTH);
      Bytes.put64(s, at, i + 1L);
      Bytes.put32(s, at + 72, i);
      Bytes.put32(s, at + 76, count - i);
    }
    Map<Integer, byte[]> chunks = chunks(last);
    chunks.put(ChunkId.FILES, FileTable.encode(List.of(new DrawnFile(header.name(), 0, 0))));
    chunks.put(ChunkId.POINTS, chunk);
    write(header, chunks);
    assertCorrupt(header.name(), "sections");
  }

  /** The records of the others may say what they like. */
  @Test
  void onePointIsFoundWithoutTheOthers() throws IOException {
    FileHeader header =
        new FileHeader(
            new FileName(FileKind.LAYER, 1, 3, LAYER.name().fileId()),
            LAYER.chainId(),
            LAYER.parentId(),
            LAYER.lastId(),
            LAYER.pageSize());
    Point first = TestFiles.point(LAYER, LAYOUT, sections(2));
    Point middle =
        TestFiles.point(TestFiles.header(FileKind.LAYER, 2, 2, 512), LAYOUT, sections(3));
    byte[] points = PointsChunk.encode(List.of(first, middle));
    // The first point's layout does not exist.
    Bytes.put32(MemorySegment.ofArray(points), PointsChunk.HEADER_LENGTH + 36, 99);
    Map<Integer, byte[]> chunks = chunks(first);
    chunks.put(ChunkId.FILES, FileTable.encode(List.of(new DrawnFile(header.name(), 0, 0))));
    chunks.put(ChunkId.POINTS, points);
    write(header, chunks);
    try (OpenFile file = TestFiles.open(directory, header.name())) {
      assertEquals(Optional.of(middle), file.point(2));
      assertThrows(CorruptFileException.class, () -> file.point(1));
      // Nobody can say that there is none before all records have been looked at.
      assertThrows(CorruptFileException.class, () -> file.point(3));
    }
  }

  private static List<StoredSection> sections(int count) {
    List<StoredSection> sections = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sections.add(new StoredSection("s" + i, 1, 0, 0, 0, Address.of(Address.PLAIN, 0, 128)));
    }
    return sections;
  }

  /** Its plain bytes stand in memory twice; a third of the heap is too much. */
  @Test
  void sectionThatDoesNotFitIntoMemoryIsRefused() throws IOException {
    long length = Math.min(Runtime.getRuntime().maxMemory() / 3, 1L << 30);
    long address = Address.of(Address.ZSTD, 0, 128);
    StoredSection section = new StoredSection("large", 1, 0, length, 1, address);
    write(LAYER, chunks(TestFiles.point(LAYER, LAYOUT, List.of(section))));
    try (OpenFile file = TestFiles.open(directory, LAYER.name())) {
      StoreException e =
          assertThrows(RefusedException.class, () -> DeviceFrames.read(file, section));
      assertTrue(String.valueOf(e.getMessage()).contains("-Xmx"), e.getMessage());
    }
  }

  /** The file is as long as it says; yet so long a chunk is not read. */
  @Test
  void chunkAboveItsLimitIsCorrupt() throws IOException {
    byte[] golden = Objects.requireNonNull(GoldenDirectory.current().files().get("packed.pages"));
    FileName name = FileHeader.decode("golden", MemorySegment.ofArray(golden)).name();
    Forgery forgery = new Forgery(SpecTables.read(), golden);
    int tableAt = (int) forgery.get("footer", 0, "tableOffset");
    long gap = 256 << 20;
    byte[] forged =
        forgery
            .set("footer", "tableOffset", tableAt + gap)
            .set("footer", "length", golden.length + gap)
            .setChunk("BSUM", "length", gap + 1)
            .sealed();
    try (StoreOutput out = directory.create(name.text())) {
      MemorySegment s = MemorySegment.ofArray(forged);
      out.write(0, s.asSlice(0, tableAt));
      out.write(tableAt + gap, s.asSlice(tableAt));
    }
    StoreException e =
        assertThrows(CorruptFileException.class, () -> TestFiles.open(directory, name).close());
    assertTrue(String.valueOf(e.getMessage()).contains("length of BSUM"), e.getMessage());
  }
}

package dev.cairn.store.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Files of every published version are read for ever, and written byte for byte as they are. */
final class GoldenTest {
  /** {@code -Dcairn.golden=write} adds golden files that are not there yet; none is replaced. */
  @BeforeAll
  static void addGoldenFiles() throws IOException {
    if (System.getProperty("cairn.golden", "").equals("write")) {
      for (int version = FileHeader.VERSION; version <= FileHeader.NEWEST_VERSION; version++) {
        GoldenDirectory golden = GoldenDirectory.of(version);
        if (!golden.isThere()) {
          for (Map.Entry<String, byte[]> file : GoldenWriter.write(version).entrySet()) {
            golden.add(file.getKey(), file.getValue());
          }
        }
      }
    }
  }

  static Stream<GoldenDirectory> versions() throws IOException {
    return GoldenDirectory.all().stream();
  }

  @ParameterizedTest
  @MethodSource("versions")
  void everyFileReadsAsItsDumpSays(GoldenDirectory golden) throws IOException {
    Map<String, byte[]> files = golden.files();
    assertEquals(6, files.size());
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      String name = file.getKey();
      try (OpenFile open = GoldenDirectory.open(name, file.getValue())) {
        assertEquals(golden.dump(name), FileDump.of(open), name);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void everyPageHasItsContent(GoldenDirectory golden) throws IOException {
    Map<FileName, OpenFile> files = golden.open();
    for (OpenFile file : files.values()) {
      if (file.header().name().kind() != FileKind.PAGES) {
        int versions = 0;
        for (int i = 0; i < file.directory().size(); i++) {
          versions += checkPages(file, i, files);
        }
        int written = file.points().stream().mapToInt(p -> changes(p).size()).sum();
        assertEquals(written, versions, file.name());
      }
    }
  }

  private static List<GoldenHistory.Change> changes(Point point) {
    return GoldenHistory.changes((int) point.checkpoint());
  }

  /** Reads every version of a region, and returns how many there are. */
  private static int checkPages(OpenFile file, int entry, Map<FileName, OpenFile> files)
      throws IOException {
    long key = Directory.regionOf(file.directory().key(entry));
    Region region = file.region(entry);
    try (Arena arena = Arena.ofConfined();
        PageReader reader = new PageReader(GoldenHistory.PAGE, arena)) {
      MemorySegment window = arena.allocate(GoldenHistory.PAGE, 64);
      for (int rank = 0; rank < region.pageCount(); rank++) {
        long page = (key & 0xffff_ffffL) + region.page(rank);
        for (int v = region.firstVersion(rank); v < region.endVersion(rank); v++) {
          reader.begin();
          window.fill((byte) 0);
          if (Address.kind(region.address(v)) != Address.ZERO) {
            OpenFile from = drawn(file, region.address(v), files);
            reader.want(from, region.address(v), region.crc(v), 0);
          }
          reader.readInto(window);
          int checkpoint = (int) region.checkpoint(v);
          assertArrayEquals(
              content((int) (key >>> 32), page, checkpoint),
              window.toArray(ValueLayout.JAVA_BYTE),
              file + ", page " + page + " at " + checkpoint);
        }
      }
    }
    return region.versions();
  }

  private static OpenFile drawn(OpenFile file, long address, Map<FileName, OpenFile> files) {
    OpenFile found = files.get(file.files().get(Address.ordinal(address)).name());
    if (found == null) {
      throw new AssertionError(file + " draws on a file that is not there");
    }
    return found;
  }

  private static byte[] content(int block, long page, int checkpoint) {
    return GoldenHistory.changes(checkpoint).stream()
        .filter(c -> c.block() == block && c.page() == page)
        .map(c -> GoldenHistory.page(c, checkpoint))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no page " + page + " at " + checkpoint));
  }

  @ParameterizedTest
  @MethodSource("versions")
  void everyPointHasItsDeviceStateAndLayout(GoldenDirectory golden) throws IOException {
    Map<FileName, OpenFile> files = golden.open();
    for (OpenFile file : files.values()) {
      for (Point point : file.points()) {
        int checkpoint = (int) point.checkpoint();
        List<Object> read = new ArrayList<>();
        for (StoredSection section : point.sections()) {
          read.add(DeviceFrames.read(drawn(file, section.address(), files), section));
        }
        assertEquals(GoldenHistory.sections(checkpoint), read, file + " at " + checkpoint);
        assertEquals(GoldenHistory.layout(checkpoint), point.layout());
        assertEquals(GoldenHistory.time(checkpoint), point.time());
        assertEquals(GoldenHistory.label(checkpoint), point.label());
        assertEquals(GoldenHistory.id(checkpoint), point.id());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void bodiesAreWhatTheirSumsSay(GoldenDirectory golden) throws IOException {
    for (OpenFile file : golden.open().values()) {
      byte[] block = new byte[BlockSums.BLOCK];
      for (BlockSums.Run run : file.sums().runs()) {
        for (int i = 0; i < run.crcs().size(); i++) {
          long offset = (run.first() + i) * BlockSums.BLOCK;
          long length = Math.min(BlockSums.BLOCK, file.metadataOffset() - offset);
          MemorySegment part = MemorySegment.ofArray(block).asSlice(0, length);
          file.readRaw(offset, part);
          assertEquals(run.crcs().get(i), new Crc().of(part), file + " at " + offset);
        }
      }
    }
  }

  @Test
  void everyVersionThatIsWrittenHasGoldenFiles() throws IOException {
    assertEquals(
        IntStream.rangeClosed(FileHeader.VERSION, FileHeader.NEWEST_VERSION).boxed().toList(),
        versions().map(GoldenDirectory::version).sorted().toList());
  }

  /** All but those with zstd frames, whose bytes differ between versions of the library. */
  @ParameterizedTest
  @MethodSource("writtenAlike")
  void writingAnewGivesTheSameBytes(String name) throws IOException {
    byte[] golden = golden(1, name);
    byte[] written = written(1, name);
    assertArrayEquals(golden, written, name);
  }

  static Stream<String> writtenAlike() {
    return Stream.of("whole.base", "plain.layer", "lz4.layer", "packed.pages");
  }

  private static byte[] golden(int version, String name) throws IOException {
    return Objects.requireNonNull(GoldenDirectory.of(version).files().get(name), name);
  }

  private static byte[] written(int version, String name) throws IOException {
    return Objects.requireNonNull(GoldenWriter.write(version).get(name), name);
  }

  /**
   * Zstd's frames may have other lengths and so lie elsewhere, but what they decode to is the same.
   */
  @ParameterizedTest
  @CsvSource({"1, zstd.layer", "1, merged.layer", "2, packed.pages", "2, merged.layer"})
  void writingZstdAnewGivesTheSameIndex(int version, String name) throws IOException {
    try (OpenFile golden = GoldenDirectory.open(name, golden(version, name));
        OpenFile written = GoldenDirectory.open(name, written(version, name))) {
      assertEquals(withoutPlaces(golden), withoutPlaces(written));
    }
  }

  /** A dump without what depends on the length of a zstd frame. */
  private static String withoutPlaces(OpenFile file) throws IOException {
    return FileDump.of(file)
        .replaceAll("(?m)^(length|MiB) .*\n", "")
        .replaceAll("(?m)^  (drawn|wrote|  \\d+ bytes at) .*\n", "")
        .replaceAll("(?m)^(  \\d+ pages, .*) at \\d+, crc .*$", "$1")
        .replaceAll("(PLAIN|ZSTD|DIFFERENCE) (\\d+):\\d+(\\+\\d+)?", "$1 $2");
  }

  @Test
  void goldenFilesHaveWhatTheFormatHas() throws IOException {
    String all = "";
    for (GoldenDirectory golden : GoldenDirectory.all()) {
      for (String name : golden.files().keySet()) {
        all += golden.dump(name);
      }
    }
    for (String part :
        List.of(
            "[]\n",
            "[VERSIONED]",
            "[VERSIONED, STRIDED]",
            "[VERSIONED, ZEROS]",
            "[STRIDED]",
            "[FIXED]",
            "[ZEROS]",
            "ZERO 0:0",
            "PLAIN 1:",
            "LZ4 0:",
            "ZSTD 2:",
            "ZSTD 1:",
            "DIFFERENCE 1:",
            "pages from 600 on",
            "kind 1",
            "kind 2",
            "kind 3",
            "at 1969-12-31T23:59:58.250Z",
            "rom/é",
            "area of block 1")) {
      assertTrue(all.contains(part), part);
    }
  }
}

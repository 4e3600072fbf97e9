package dev.cairn.store.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds every table of store/FORMAT.md against the code, and the golden files against both. */
final class FormatSpecTest {
  /** The records, and their lengths as the code has them. */
  private static final Map<String, Integer> RECORDS =
      Map.ofEntries(
          Map.entry("header", FileHeader.LENGTH),
          Map.entry("footer", Footer.LENGTH),
          Map.entry("chunk", Footer.ENTRY_LENGTH),
          Map.entry("directory", Directory.HEADER_LENGTH),
          Map.entry("region", Directory.ENTRY_LENGTH),
          Map.entry("points", PointsChunk.HEADER_LENGTH),
          Map.entry("point", PointsChunk.POINT_LENGTH),
          Map.entry("layout", PointsChunk.LAYOUT_LENGTH),
          Map.entry("block", PointsChunk.BLOCK_LENGTH),
          Map.entry("section", PointsChunk.SECTION_LENGTH),
          Map.entry("count", 8),
          Map.entry("files", FileTable.ENTRY_LENGTH),
          Map.entry("area", Area.ENTRY_LENGTH),
          Map.entry("sums", 8),
          Map.entry("run", 16),
          Map.entry("difference", DifferenceDecoder.HEADER_LENGTH));

  private static final List<String> OTHERS =
      List.of("chunks", "kinds", "flags", "columns", "limits");

  private final SpecTables spec;

  FormatSpecTest() throws IOException {
    spec = SpecTables.read();
  }

  static Stream<String> records() {
    return RECORDS.keySet().stream().sorted();
  }

  static Stream<GoldenDirectory> versions() throws IOException {
    return GoldenDirectory.all().stream();
  }

  @Test
  void everyTableIsTested() {
    List<String> tested = new ArrayList<>(RECORDS.keySet());
    tested.addAll(OTHERS);
    assertEquals(tested.stream().sorted().toList(), spec.names().stream().sorted().toList());
  }

  @ParameterizedTest
  @MethodSource("records")
  void fieldsFollowEachOtherUpToTheLengthOfTheCode(String table) {
    int end = 0;
    for (SpecTables.Field field : spec.fields(table)) {
      assertEquals(end, field.offset(), table + ": " + field.name());
      assertTrue(field.bytes() > 0, field.name());
      end = field.end();
    }
    assertEquals(RECORDS.get(table), end, table);
  }

  @Test
  void headerFieldsLieWhereTheCodeHasThem() {
    Map<String, Integer> expected = new LinkedHashMap<>();
    expected.put("magic", FileHeader.MAGIC_AT);
    expected.put("version", FileHeader.VERSION_AT);
    expected.put("kind", FileHeader.KIND_AT);
    expected.put("fileId", FileHeader.FILE_ID_AT);
    expected.put("chainId", FileHeader.CHAIN_ID_AT);
    expected.put("first", FileHeader.FIRST_AT);
    expected.put("last", FileHeader.LAST_AT);
    expected.put("parentId", FileHeader.PARENT_ID_AT);
    expected.put("lastId", FileHeader.LAST_ID_AT);
    expected.put("pageSize", FileHeader.PAGE_SIZE_AT);
    expected.put("reserved", FileHeader.PAGE_SIZE_AT + 4);
    expected.put("crc", FileHeader.CRC_AT);
    Map<String, Integer> actual = new LinkedHashMap<>();
    spec.fields("header").forEach(f -> actual.put(f.name(), f.offset()));
    assertEquals(expected, actual);
    assertEquals(Footer.METADATA_CRC_AT, spec.field("footer", "metadataCrc").offset());
    assertEquals(Footer.CRC_AT, spec.field("footer", "crc").offset());
    assertEquals(Footer.MAGIC_AT, spec.field("footer", "magic").offset());
  }

  @Test
  void magicAndVersionAreThoseOfTheCode() {
    String magic = spec.field("header", "magic").meaning().replaceAll("[` ]", "");
    assertEquals(HexFormat.of().toHexDigits(Long.reverseBytes(FileHeader.MAGIC)), magic);
    assertTrue(spec.field("footer", "magic").meaning().contains("reversed"));
    assertEquals(Long.reverseBytes(FileHeader.MAGIC), Footer.MAGIC);
    String version = spec.field("header", "version").meaning();
    String both = FileHeader.VERSION + "; or " + FileHeader.DIFFERENCES_VERSION + ", if ";
    assertTrue(version.startsWith(both), version);
    String title = "# Cairn file format, version " + FileHeader.NEWEST_VERSION + "\n";
    assertTrue(spec.text().startsWith(title));
  }

  @Test
  void fileKindsAreThoseOfTheCode() {
    assertEquals(
        "1 base image, 2 layer, 3 page file", spec.field("header", "kind").meaning(), "the text");
    Map<FileKind, Integer> codes = new LinkedHashMap<>();
    for (FileKind kind : FileKind.values()) {
      codes.put(kind, kind.code());
      assertEquals(kind, FileKind.ofCode(kind.code()).orElseThrow());
    }
    assertEquals(Map.of(FileKind.BASE, 1, FileKind.LAYER, 2, FileKind.PAGES, 3), codes);
  }

  @Test
  void addressKindsAreThoseOfTheCode() {
    assertEquals(
        Map.of(
            Address.ZERO, "ZERO",
            Address.PLAIN, "PLAIN",
            Address.LZ4, "LZ4",
            Address.ZSTD, "ZSTD",
            Address.DIFFERENCE, "DIFFERENCE"),
        spec.values("kinds"));
  }

  @Test
  void differencesAreLaidOutAsTheCodeHasThem() {
    assertEquals(0, spec.field("difference", "length").offset());
    assertEquals(DifferenceDecoder.CRC_AT, spec.field("difference", "baseCrc").offset());
    assertEquals(DifferenceDecoder.BASE_AT, spec.field("difference", "base").offset());
    String reach = "begins at most " + Address.REACH_PAGES + " × page size before it";
    assertTrue(spec.text().contains(reach), reach);
  }

  @Test
  void addressesArePackedAsTheTextSays() {
    Matcher m =
        Pattern.compile(
                "`kind << (\\d+) \\| steps << (\\d+) \\| ordinal << (\\d+) \\| offset ÷ (\\d+)`")
            .matcher(spec.text());
    assertTrue(m.find());
    long expected =
        3L << Integer.parseInt(m.group(1))
            | 5L << Integer.parseInt(m.group(2))
            | 7L << Integer.parseInt(m.group(3))
            | 9 * 64 / Long.parseLong(m.group(4));
    assertEquals(expected, Address.of(Address.ZSTD, 7, 9 * 64, 5 * 64));
  }

  @Test
  void regionFlagsAreThoseOfTheCode() {
    assertEquals(
        Map.of(
            Region.VERSIONED, "VERSIONED",
            Region.STRIDED, "STRIDED",
            Region.FIXED, "FIXED",
            Region.ZEROS, "ZEROS"),
        spec.values("flags"));
  }

  /** The table's own words for the six columns, each with what it adds to a region's length. */
  @Test
  void columnsAreThoseOfTheCode() {
    List<String> names =
        List.of(
            "first address", "presence list", "presence bitmap", "checkpoint", "CRC", "address");
    List<List<String>> rows = spec.table("columns");
    assertEquals(names.size(), rows.size());
    for (int i = 0; i < names.size(); i++) {
      assertTrue(rows.get(i).getFirst().startsWith(names.get(i)), rows.get(i).toString());
    }
    assertEquals(
        List.of("8", "2 × pages", "512", "4 × versions", "4 × versions", "8 × versions"),
        rows.stream().map(row -> row.get(1)).toList());
    assertEquals(2 * 6 + 4 * 6 + 4 + 8 * 6, Region.length(0, 6, 6), "list, CRCs, pad, addresses");
    assertEquals(512 + 4 * 300 + 8 * 300, Region.length(0, 300, 300));
    assertEquals(8 + 2 * 6 + 4 * 6 + 4, Region.length(Region.STRIDED, 6, 6));
    assertEquals(2 * 6 + 4 * 9, Region.length(Region.ZEROS | Region.VERSIONED, 6, 9));
    assertEquals(2 * 6 + 4 * 9 + 4 * 9 + 4 + 8 * 9, Region.length(Region.VERSIONED, 6, 9));
  }

  @Test
  void chunksAreInTheFilesThatTheTableNames() throws IOException {
    for (GoldenDirectory golden : GoldenDirectory.all()) {
      chunksAreThoseOfTheTable(golden);
    }
    for (List<String> row : spec.table("chunks")) {
      assertTrue(ChunkId.isKnown(ChunkId.of(row.getFirst().replace("`", ""))), row.toString());
    }
  }

  private void chunksAreThoseOfTheTable(GoldenDirectory golden) throws IOException {
    for (Map.Entry<String, byte[]> file : golden.files().entrySet()) {
      String kind = file.getKey().endsWith(".base") ? "base" : "layer";
      List<String> expected = new ArrayList<>();
      for (List<String> row : spec.table("chunks")) {
        String in = row.get(1);
        boolean pages = file.getKey().endsWith(".pages");
        if (in.equals("all") || (!pages && in.contains(kind))) {
          expected.add(row.getFirst().replace("`", ""));
        }
      }
      assertEquals(
          expected.stream().sorted().toList(),
          SpecDump.chunks(spec, file.getValue()).stream().sorted().toList(),
          file.getKey());
    }
  }

  @Test
  void limitsAreThoseOfTheCode() {
    Map<String, String> expected = new LinkedHashMap<>();
    expected.put("bytes of a page", "512..65536");
    expected.put("chunks of a file", ".." + Footer.MAX_CHUNKS);
    expected.put("bytes of a chunk", ".." + ChunkId.MOST_BYTES);
    expected.put("bytes of `PNTS`", ".." + PointsChunk.MOST_BYTES);
    expected.put("entries of a file table", "1.." + Address.MAX_ORDINALS);
    expected.put("drawnBytes of an entry", "0.." + FileTable.MOST_DRAWN_BYTES);
    expected.put("drawnFrames of an entry", "0.." + FileTable.MOST_DRAWN_FRAMES);
    expected.put("offset ÷ 64 of a frame", FileHeader.LENGTH / 64 + ".." + Address.MAX_OFFSET / 64);
    expected.put(
        "page sizes between the beginnings of a base and of a difference",
        ".." + Address.REACH_PAGES);
    expected.put("pages of a region", "1.." + Versions.REGION_PAGES);
    expected.put("pages of a presence list", "1.." + Region.LIST_MOST);
    expected.put("versions of a region or a piece of one", "1.." + Region.MOST_VERSIONS);
    expected.put("blocks of a layout", "1.." + RamLayout.MAX_BLOCKS);
    expected.put("bytes of a layout's blocks in all", ".." + RamLayout.MAX_BYTES);
    expected.put("bytes of a block's or a section's name", "1.." + RamBlock.MAX_NAME_BYTES);
    expected.put("bytes of a label", "0.." + Point.MAX_LABEL_BYTES);
    expected.put("bytes of a device-state section", "0.." + DeviceSection.MAX_LENGTH);
    expected.put("bytes of a point's sections in all", "0.." + DeviceState.MAX_BYTES);
    Map<String, String> actual = new LinkedHashMap<>();
    for (List<String> row : spec.table("limits")) {
      actual.put(row.get(0), (row.get(1) + ".." + row.get(2)).replace(",", ""));
    }
    assertEquals(expected, actual);
    assertTrue(RamLayout.isPageSize(512) && RamLayout.isPageSize(65_536));
    assertTrue(!RamLayout.isPageSize(256) && !RamLayout.isPageSize(131_072));
    assertTrue(spec.text().contains("more than 65,536 versions is stored in pieces"));
    assertEquals(65_536, Region.PIECE_VERSIONS);
  }

  /** The offsets in the tables, and nothing else, are enough to read a file. */
  @ParameterizedTest
  @MethodSource("versions")
  void goldenFilesReadByTheTablesAloneAsByTheCode(GoldenDirectory golden) throws IOException {
    for (Map.Entry<String, byte[]> file : golden.files().entrySet()) {
      try (OpenFile open = GoldenDirectory.open(file.getKey(), file.getValue())) {
        assertEquals(FileDump.of(open), SpecDump.of(spec, file.getValue()), file.getKey());
      }
    }
  }

  /** What a dump does not show: checksums, and the footer's copies of what stands elsewhere. */
  @ParameterizedTest
  @MethodSource("versions")
  void checksumsCoverWhatTheTablesSay(GoldenDirectory golden) throws IOException {
    for (byte[] file : golden.files().values()) {
      SpecRecord header = new SpecRecord(spec, "header", file, 0);
      int footerAt = file.length - spec.length("footer");
      SpecRecord footer = new SpecRecord(spec, "footer", file, footerAt);
      int metadataAt = footer.count("metadataOffset");
      int tableAt = footer.count("tableOffset");
      assertEquals(crc(file, 0, 124), header.number("crc"));
      assertEquals(crc(file, footerAt, footerAt + 52), footer.number("crc"));
      assertEquals(crc(file, metadataAt, footerAt), footer.number("metadataCrc"));
      assertEquals(crc(file, tableAt, footerAt), footer.number("tableCrc"));
      assertEquals(header.number("fileId"), footer.number("fileId"));
      assertEquals(header.number("version"), footer.number("version"));
      assertEquals(file.length, footer.number("length"));
      long end = metadataAt;
      for (int at = tableAt; at < footerAt; at += spec.length("chunk")) {
        SpecRecord chunk = new SpecRecord(spec, "chunk", file, at);
        int offset = chunk.count("offset");
        assertTrue(offset >= end && offset % 8 == 0, "chunk at " + offset);
        end = offset + chunk.number("length");
        assertEquals(crc(file, offset, (int) end), chunk.number("crc"));
      }
      assertEquals(tableAt, (end + 7) / 8 * 8);
    }
  }

  private static long crc(byte[] file, int from, int to) {
    CRC32C crc = new CRC32C();
    crc.update(file, from, to - from);
    return crc.getValue();
  }
}

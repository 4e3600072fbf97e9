package dev.cairn.store.file;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.CorruptFileException;
import dev.cairn.store.Id;
import dev.cairn.store.RefusedException;
import dev.cairn.store.StoreException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each bound that FORMAT.md states, broken under right checksums: what cannot be is corruption,
 * what only a newer Cairn can know is refused.
 */
final class HostileFieldsTest {
  private static final long U32 = 0xffff_ffffL;
  private static final String PLAIN = "plain.layer";
  private static final String MERGED = "merged.layer";
  private static final String BASE = "whole.base";
  private static final String PAGES = "packed.pages";

  /** Two entries: {@code [VERSIONED]} and the piece behind it. */
  private static final int HOT = 0;

  private static final int PIECE = 1;
  private static final int STRIDED = 2;

  private final SpecTables spec;

  HostileFieldsTest() throws IOException {
    spec = SpecTables.read();
  }

  /**
   * A forged file.
   *
   * @param golden what it is made of
   * @param says part of the message
   */
  record Case(String golden, String says, UnaryOperator<Forgery> edit) {
    @Override
    public String toString() {
      return golden + ": " + says;
    }
  }

  private void assertFound(Case one, Class<? extends StoreException> as) throws IOException {
    byte[] golden = Objects.requireNonNull(GoldenDirectory.current().files().get(one.golden));
    FileName name = FileHeader.decode("golden", MemorySegment.ofArray(golden)).name();
    byte[] forged = one.edit.apply(new Forgery(spec, golden)).sealed();
    StoreException found = assertThrows(as, () -> FileReading.all(name, forged));
    String message = String.valueOf(found.getMessage());
    assertTrue(message.contains(one.says), message);
    assertTrue(message.startsWith(name.text()), message);
  }

  private static Case set(
      String golden, String says, String table, int i, String field, long value) {
    return new Case(golden, says, f -> f.set(table, i, field, value));
  }

  @ParameterizedTest
  @MethodSource
  void whatOnlyANewerCairnKnowsIsRefused(Case one) throws IOException {
    assertFound(one, RefusedException.class);
  }

  static Stream<Case> whatOnlyANewerCairnKnowsIsRefused() {
    return Stream.of(
        set(PLAIN, "expected 2 or less, found 3;", "header", 0, "version", 3),
        set(PLAIN, "found 4294967295;", "header", 0, "version", U32),
        set(PLAIN, "file kind 4", "header", 0, "kind", 4),
        new Case(PLAIN, "chunk NEWS", f -> f.setChunk("FILS", "id", ChunkId.of("NEWS"))));
  }

  /** Its header may be another one, so nothing but magic and version is believed. */
  @Test
  void newerVersionIsRefusedWhateverItsHeaderIs() throws IOException {
    byte[] newer = new byte[4096];
    MemorySegment s = MemorySegment.ofArray(newer);
    Bytes.put64(s, 0, FileHeader.MAGIC);
    Bytes.put32(s, 8, 3);
    FileName name = new FileName(FileKind.LAYER, 1, 1, 1);
    StoreException e = assertThrows(RefusedException.class, () -> FileReading.all(name, newer));
    assertTrue(
        String.valueOf(e.getMessage()).contains("expected 2 or less, found 3;"), e.getMessage());
  }

  /** Else whoever reads the exit code would look for a newer Cairn. */
  @Test
  void rotInTheVersionIsNotTakenForANewerOne() throws IOException {
    for (int bit = 0; bit < 32; bit++) {
      byte[] rotten = new byte[FileHeader.LENGTH];
      MemorySegment s = MemorySegment.ofArray(rotten);
      new FileHeader(new FileName(FileKind.LAYER, 1, 1, 1), Id.NONE, Id.NONE, Id.NONE, 512)
          .encode(s);
      rotten[8 + bit / 8] ^= (byte) (1 << bit % 8);
      assertThrows(CorruptFileException.class, () -> FileHeader.decode("f", s), "bit " + bit);
    }
  }

  @ParameterizedTest
  @MethodSource({"headers", "tables", "points", "sections", "indexes", "regions", "others"})
  void whatCannotBeIsCorrupt(Case one) throws IOException {
    assertFound(one, CorruptFileException.class);
  }

  static Stream<Case> headers() {
    return Stream.of(
        set(PLAIN, "magic", "header", 0, "magic", 0),
        set(PLAIN, "version", "header", 0, "version", 0),
        set(PLAIN, "header at", "header", 0, "kind", 3),
        set(PLAIN, "header at", "header", 0, "fileId", 1),
        set(PLAIN, "range", "header", 0, "first", 2),
        set(PLAIN, "range", "header", 0, "first", -1),
        set(BASE, "range", "header", 0, "last", 1),
        set(PLAIN, "page size", "header", 0, "pageSize", 256),
        set(PLAIN, "page size", "header", 0, "pageSize", 1000),
        set(PLAIN, "page size", "header", 0, "pageSize", 131_072),
        set(PLAIN, "page size", "header", 0, "pageSize", 1L << 31),
        set(PLAIN, "magic", "footer", 0, "magic", 0),
        set(PLAIN, "length", "footer", 0, "length", 1),
        set(PLAIN, "file id", "footer", 0, "fileId", 1),
        set(PLAIN, "version", "footer", 0, "version", 2),
        set(PLAIN, "metadata offset", "footer", 0, "metadataOffset", 64),
        set(PLAIN, "metadata offset", "footer", 0, "metadataOffset", 2751),
        set(PLAIN, "metadata offset", "footer", 0, "metadataOffset", 1L << 40),
        set(PLAIN, "metadata offset", "footer", 0, "metadataOffset", -64),
        set(PLAIN, "chunk table", "footer", 0, "tableOffset", 0),
        set(PLAIN, "chunk table", "footer", 0, "tableOffset", -96),
        set(PLAIN, "chunk table", "footer", 0, "tableOffset", Long.MAX_VALUE),
        set(PLAIN, "chunk table", "footer", 0, "chunkCount", 3),
        set(PLAIN, "chunk count", "footer", 0, "chunkCount", 65),
        set(PLAIN, "chunk count", "footer", 0, "chunkCount", U32));
  }

  static Stream<Case> tables() {
    return Stream.of(
        new Case(PLAIN, "once", f -> f.setChunk("FILS", "id", ChunkId.of("PNTS"))),
        new Case(PLAIN, "no such chunk", f -> f.setChunk("FILS", "id", ChunkId.of("fils"))),
        new Case(PLAIN, "no such chunk", f -> f.setChunk("BSUM", "id", ChunkId.of("bsum"))),
        new Case(PLAIN, "one of such a file", f -> f.setChunk("BSUM", "id", ChunkId.of("AREA"))),
        new Case(PAGES, "one of such a file", f -> f.setChunk("BSUM", "id", ChunkId.of("PIDX"))),
        new Case(PLAIN, "four letters", f -> f.setChunk("FILS", "id", ChunkId.of("1ILS"))),
        new Case(PLAIN, "four letters", f -> f.setChunk("FILS", "id", ChunkId.of("@ILS"))),
        new Case(PLAIN, "offset of", f -> f.setChunk("FILS", "offset", f.chunk("FILS") + 4)),
        new Case(PLAIN, "offset of", f -> f.setChunk("FILS", "offset", f.chunk("FILS") + 8)),
        new Case(PLAIN, "offset of", f -> f.setChunk("FILS", "offset", f.chunk("PIDX"))),
        new Case(PLAIN, "offset of", f -> f.setChunk("PIDX", "offset", 128)),
        new Case(PAGES, "offset of", f -> f.setChunk("BSUM", "offset", f.chunk("BSUM") + 8)),
        new Case(PLAIN, "offset of", f -> f.setChunk("BSUM", "offset", f.chunk("PIDX"))),
        new Case(PLAIN, "offset of", f -> f.setChunk("BSUM", "offset", 1L << 40)),
        new Case(PLAIN, "offset of", f -> f.setChunk("BSUM", "offset", -8)),
        new Case(PLAIN, "length of", f -> f.setChunk("PIDX", "length", 4096)),
        new Case(PLAIN, "length of", f -> f.setChunk("BSUM", "length", 256 << 20)),
        new Case(PLAIN, "length of", f -> f.setChunk("BSUM", "length", -1)),
        new Case(PLAIN, "length of", f -> f.setChunk("BSUM", "length", Long.MAX_VALUE)),
        new Case(PLAIN, "offset of", f -> f.setChunk("BSUM", "length", 8)),
        set(PLAIN, "count", "count", 0, "count", 0),
        set(PLAIN, "count", "count", 0, "count", 2),
        set(PLAIN, "count", "count", 0, "count", U32),
        set(PLAIN, "entry 0", "files", 0, "fileId", 3),
        set(PLAIN, "entry 0", "files", 0, "kind", 3),
        set(MERGED, "kind and range", "files", 1, "first", 4),
        set(MERGED, "kind and range", "files", 1, "first", -1),
        set(MERGED, "kind and range", "files", 1, "kind", 1),
        set(PLAIN, "file kind", "files", 0, "kind", 0),
        set(MERGED, "file kind", "files", 2, "kind", 7),
        set(MERGED, "drawn", "files", 1, "drawnBytes", -1),
        set(MERGED, "drawn", "files", 1, "drawnFrames", -1));
  }

  static Stream<Case> points() {
    return Stream.of(
        set(PLAIN, "its tables", "points", 0, "pointCount", U32),
        set(PLAIN, "its tables", "points", 0, "layoutCount", U32),
        set(PLAIN, "its tables", "points", 0, "blockCount", U32),
        set(PLAIN, "its tables", "points", 0, "sectionCount", U32),
        set(PLAIN, "its tables", "points", 0, "stringBytes", U32),
        set(PLAIN, "flags", "point", 0, "flags", 2),
        set(PLAIN, "flags", "point", 0, "flags", 0x8000_0001L),
        set(PLAIN, "checkpoint id", "point", 0, "checkpointId", 1),
        set(PLAIN, "section address", "section", 0, "address", 4L << 60),
        set(PLAIN, "checkpoint", "point", 0, "checkpoint", 2),
        set(PLAIN, "checkpoint", "point", 0, "checkpoint", 0),
        set(MERGED, "checkpoint", "point", 1, "checkpoint", 1),
        set(MERGED, "checkpoint", "point", 2, "checkpoint", -1),
        set(PLAIN, "seconds", "point", 0, "seconds", Long.MIN_VALUE),
        set(PLAIN, "nanoseconds", "point", 0, "nanos", 1_000_000_000),
        set(PLAIN, "layout", "point", 0, "layout", 1),
        set(PLAIN, "string", "point", 0, "labelOffset", U32),
        set(PLAIN, "string", "point", 0, "labelLength", 1000),
        set(PLAIN, "apart from others", "point", 0, "labelLength", 2),
        set(PLAIN, "string", "point", 0, "labelLength", 1025),
        set(PLAIN, "string", "point", 0, "labelLength", U32),
        set(PLAIN, "counts", "point", 0, "pages", -1),
        set(PLAIN, "counts", "point", 0, "zeroPages", 8),
        set(PLAIN, "counts", "point", 0, "bytes", -1),
        set(PLAIN, "sections", "point", 0, "firstSection", 1),
        set(PLAIN, "sections", "point", 0, "firstSection", U32),
        set(PLAIN, "sections", "point", 0, "sections", 3),
        set(PLAIN, "sections", "point", 0, "sections", 1),
        set(MERGED, "sections", "point", 1, "firstSection", 1),
        set(PLAIN, "blocks", "layout", 0, "firstBlock", 1),
        set(PLAIN, "blocks", "layout", 0, "blocks", 1),
        set(PLAIN, "blocks", "layout", 0, "blocks", U32),
        new Case(
            PLAIN,
            "layout",
            f ->
                f.set("layout", "blocks", 0)
                    .set("points", "blockCount", 0)
                    .set("points", "stringBytes", f.get("points", 0, "stringBytes") + 48)),
        set(PLAIN, "block ordinal", "block", 0, "ordinal", 65_535),
        set(PLAIN, "layout", "block", 0, "ordinal", 1),
        set(PLAIN, "block", "block", 0, "hostPageSize", 3000),
        set(PLAIN, "block", "block", 0, "hostPageSize", 0),
        set(PLAIN, "block", "block", 0, "length", 0),
        set(PLAIN, "block", "block", 0, "length", -512),
        set(PLAIN, "block", "block", 0, "length", (1L << 41) + 512),
        set(PLAIN, "layout", "block", 0, "length", 1L << 41),
        set(PLAIN, "string", "block", 0, "nameLength", 0),
        set(PLAIN, "string", "block", 0, "nameLength", 256),
        set(PLAIN, "string", "block", 0, "nameOffset", 1 << 30),
        new Case(PLAIN, "stands twice", f -> name(f, 1, 0)),
        new Case(MERGED, "UTF-8", f -> f.set("block", 4, "nameLength", 5)));
  }

  /** Gives a block the name of another one. */
  private static Forgery name(Forgery f, int block, int other) {
    return f.set("block", block, "nameOffset", f.get("block", other, "nameOffset"))
        .set("block", block, "nameLength", f.get("block", other, "nameLength"));
  }

  static Stream<Case> sections() {
    long gib = 1L << 30;
    return Stream.of(
        set(PLAIN, "section length", "section", 0, "length", gib + 1),
        set(PLAIN, "section length", "section", 0, "length", -1),
        set(PLAIN, "section length", "section", 0, "storedLength", 11),
        set(PLAIN, "section length", "section", 0, "storedLength", -1),
        set(PLAIN, "section version", "section", 0, "version", 1L << 31),
        set(PLAIN, "section address", "section", 0, "address", 0),
        set(PLAIN, "section address", "section", 0, "storedLength", 9),
        set(PLAIN, "section address", "section", 0, "address", address(2, 0, 0, 2560)),
        set(PLAIN, "section address", "section", 0, "address", address(1, 0, 1, 2560)),
        set(PLAIN, "section address", "section", 0, "address", address(1, 1, 0, 2560)),
        set(PLAIN, "device section machine", "section", 0, "address", address(1, 0, 0, 2624)),
        set(PLAIN, "device section machine", "section", 0, "crc", 1),
        set(PLAIN, "device section machine", "section", 0, "address", address(3, 0, 0, 2560)),
        set(PLAIN, "address of a frame", "section", 0, "address", address(1, 0, 0, 64)),
        set(PLAIN, "address of a frame", "section", 0, "address", address(1, 0, 0, 2752)),
        new Case(
            PLAIN,
            "section address",
            f ->
                f.set("section", "storedLength", 0)
                    .set("section", "address", address(3, 0, 0, 2560))),
        set("zstd.layer", "device section qemu", "section", 1, "storedLength", 18),
        set("zstd.layer", "length of device section", "section", 1, "length", 1999),
        new Case(
            PLAIN,
            "address of a frame",
            f ->
                f.set("section", 0, "length", 100 << 20).set("section", "storedLength", 100 << 20)),
        new Case(
            PLAIN,
            "stands twice",
            f ->
                f.set("section", 1, "nameOffset", f.get("section", 0, "nameOffset"))
                    .set("section", 1, "nameLength", f.get("section", 0, "nameLength"))));
  }

  private static long address(long kind, long steps, long ordinal, long offset) {
    return kind << 60 | steps << 50 | ordinal << 36 | offset / 64;
  }

  static Stream<Case> indexes() {
    return Stream.of(
        set(PLAIN, "regions", "directory", 0, "entryCount", 4),
        set(PLAIN, "regions", "directory", 0, "entryCount", U32),
        set(PLAIN, "page count", "directory", 0, "pageCount", 8),
        set(PLAIN, "version count", "directory", 0, "versionCount", 8),
        set(PLAIN, "regions' offset", "directory", 0, "regionsOffset", 128),
        set(PLAIN, "regions' offset", "directory", 0, "regionsOffset", 2756),
        set(PLAIN, "regions' offset", "directory", 0, "regionsOffset", -8),
        set(PLAIN, "regions' offset", "directory", 0, "regionsOffset", 2760),
        set(PLAIN, "region", "region", 0, "firstPage", 1),
        set(PLAIN, "region", "region", 1, "firstPage", 0),
        set(PLAIN, "region", "region", 1, "block", 2),
        set(MERGED, "pages", "region", PIECE, "firstPage", 601),
        set(MERGED, "pages", "region", PIECE, "firstPage", 7),
        set(PLAIN, "start", "region", 1, "start", 0),
        set(PLAIN, "start", "region", 1, "start", U32),
        set(PLAIN, "versions", "region", 0, "versions", 2),
        set(PLAIN, "versions", "region", 0, "versions", 4),
        set(PLAIN, "versions", "region", 0, "versions", U32),
        set(MERGED, "versions", "region", HOT, "versions", 3),
        set(MERGED, "versions", "region", HOT, "versions", (1 << 22) + 1),
        set(MERGED, "start", "region", HOT, "versions", 1 << 22),
        set(PLAIN, "versions", "region", 0, "pagesAndFlags", 4095),
        set(PLAIN, "one of a kind", "region", 0, "pagesAndFlags", 2 | 6 << 12),
        set(PLAIN, "one of a kind", "region", 0, "pagesAndFlags", 2 | 10 << 12),
        set(PLAIN, "one of a kind", "region", 0, "pagesAndFlags", 2 | 12 << 12),
        set(PLAIN, "one of a kind", "region", 0, "pagesAndFlags", 2 | 5 << 12),
        set(PLAIN, "one of a kind", "region", 0, "pagesAndFlags", 2 | 15 << 12),
        set(PLAIN, "fixed places", "region", 1, "pagesAndFlags", 1 | 4 << 12),
        set(BASE, "fixed places", "region", 1, "pagesAndFlags", 1 | 2 << 12));
  }

  /** The columns of region 0 of the plain layer: 3 pages (6 + 2), 3 CRCs (12 + 4), 3 addresses. */
  private static Case page(String says, int i, int page) {
    return new Case(PLAIN, says, f -> f.put(f.region(0) + 2 * i, 2, page));
  }

  private static Case frame(String says, int i, long address) {
    return new Case(PLAIN, says, f -> f.put(f.region(0) + 24 + 8 * i, 8, address));
  }

  private static Case checkpoint(String says, int i, long word) {
    return new Case(MERGED, says, f -> f.put(f.region(HOT) + 8 + 4 * i, 4, word));
  }

  static Stream<Case> regions() {
    long first = 1L << 31;
    return Stream.of(
        new Case(PLAIN, "address", f -> f.put(f.region(0) + 8 + 3 * 4 + 4, 8, -1)),
        new Case(PLAIN, "address", f -> f.put(f.region(1), 8, 9L << 60)),
        page("page list", 1, 1),
        page("page list", 1, 0),
        page("page list", 2, 4096),
        page("page list", 2, 65_535),
        new Case(MERGED, "bitmap", f -> f.flip(f.region(PIECE), 0)),
        checkpoint("checkpoint column", 0, 0),
        checkpoint("checkpoint column", 0, first | 3),
        checkpoint("checkpoint column", 1, 0),
        checkpoint("checkpoint column", 1, 3),
        checkpoint("checkpoint column", 5, 2),
        frame("address", 0, address(0, 0, 0, 64)),
        frame("address", 0, address(0, 0, 1, 0)),
        frame("address", 0, address(1, 1, 0, 512)),
        frame("address", 0, address(1, 0, 1, 512)),
        frame("address", 0, address(2, 0, 0, 512)),
        frame("address", 0, address(3, 8, 0, 512)),
        frame("address", 0, address(1, 0, 0, 576)),
        frame("address", 0, address(1, 0, 0, 64)),
        frame("address of a frame", 0, address(1, 0, 0, 1L << 30)),
        frame("page CRC", 0, address(1, 0, 0, 1024)),
        frame("frame", 0, address(2, 1, 0, 512)),
        frame("frame", 0, address(3, 1, 0, 512)),
        new Case(PLAIN, "address", f -> f.put(f.region(1), 8, 0)),
        new Case(PLAIN, "address", f -> f.put(f.region(1), 8, address(2, 1, 0, 512))),
        new Case(PLAIN, "address", f -> f.put(f.region(1), 8, address(1, 0, 0, (1L << 42) - 512))),
        new Case(
            MERGED,
            "address",
            f -> f.put(f.region(STRIDED), 8, address(1, 0, 4, (1L << 42) - 512))),
        new Case(BASE, "place", f -> f.put(f.region(0), 8, address(1, 0, 0, 1 << 21))),
        new Case(BASE, "last page", f -> f.put(f.region(1) + 8 + 2, 2, 4095)));
  }

  static Stream<Case> others() {
    return Stream.of(
        set(BASE, "areas", "area", 0, "ordinal", 1),
        set(BASE, "areas", "area", 0, "length", 1 << 30),
        set(BASE, "areas", "area", 1, "offset", 1 << 20),
        set(BASE, "areas", "block", 0, "length", 1 << 20),
        set(PAGES, "block shift", "sums", 0, "blockShift", 21),
        set(PAGES, "runs", "sums", 0, "runCount", 2),
        set(PAGES, "runs", "sums", 0, "runCount", U32),
        set(PAGES, "run", "run", 0, "firstBlock", 1),
        set(PAGES, "run", "run", 0, "firstBlock", -1),
        set(PAGES, "run", "run", 0, "count", 0),
        set(PAGES, "run", "run", 0, "count", 2),
        set(PAGES, "run", "run", 0, "count", U32),
        set(BASE, "run", "run", 1, "firstBlock", 2));
  }
}

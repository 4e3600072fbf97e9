package dev.cairn.store.file;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * Dumps a file by the offsets in FORMAT.md alone: a second reader, without any code of the first.
 * It believes what it reads.
 */
final class SpecDump {
  private final SpecTables spec;
  private final byte[] file;
  private final SpecRecord header;
  private final SpecRecord footer;
  private final Map<String, Long> chunks = new HashMap<>();
  private final DumpLines lines = new DumpLines();

  private SpecDump(SpecTables spec, byte[] file) {
    this.spec = spec;
    this.file = file;
    header = record("header", 0);
    footer = record("footer", file.length - spec.length("footer"));
    long at = footer.number("tableOffset");
    for (int i = 0; i < footer.count("chunkCount"); i++) {
      SpecRecord chunk = record("chunk", at);
      SpecTables.Field id = spec.field("chunk", "id");
      chunks.put(text(at + id.offset(), id.bytes()), chunk.number("offset"));
      at = chunk.end();
    }
  }

  static String of(SpecTables spec, byte[] file) {
    SpecDump dump = new SpecDump(spec, file);
    dump.header();
    dump.files();
    dump.points();
    dump.regions();
    dump.areas();
    dump.sums();
    return dump.lines.text();
  }

  /** Returns the ids of a file's chunks. */
  static Set<String> chunks(SpecTables spec, byte[] file) {
    return new SpecDump(spec, file).chunks.keySet();
  }

  private SpecRecord record(String table, long at) {
    return new SpecRecord(spec, table, file, at);
  }

  private String text(long at, int length) {
    return new String(file, (int) at, length, StandardCharsets.UTF_8);
  }

  /** Returns records of one kind that follow each other. */
  private List<SpecRecord> records(String table, long at, int count) {
    List<SpecRecord> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      records.add(record(table, at + (long) i * spec.length(table)));
    }
    return records;
  }

  private void header() {
    lines.header(
        header.count("version"),
        header.count("kind"),
        header.number("first"),
        header.number("last"),
        header.count("pageSize"));
    lines.id("file", String.format(Locale.ROOT, "%016x", header.number("fileId")));
    lines.id("chain", header.hex("chainId"));
    lines.id("parent", header.hex("parentId"));
    lines.id("last", header.hex("lastId"));
    lines.extent(footer.number("length"), footer.number("metadataOffset"), sha());
  }

  private String sha() {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(file, 0, spec.length("header"));
      int firstChunk = Math.toIntExact(Collections.min(chunks.values()));
      sha.update(file, firstChunk, file.length - firstChunk);
      return Base64.getUrlEncoder().withoutPadding().encodeToString(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private List<SpecRecord> counted(String chunk, String table) {
    Long at = chunks.get(chunk);
    if (at == null) {
      return List.of();
    }
    SpecRecord count = record("count", at);
    return records(table, count.end(), count.count("count"));
  }

  private void files() {
    List<SpecRecord> files = counted("FILS", "files");
    for (int i = 0; i < files.size(); i++) {
      SpecRecord f = files.get(i);
      lines.file(i, f.count("kind"), f.number("first"), f.number("last"), f.number("fileId"));
      lines.drawn(f.number("drawnBytes"), f.number("drawnFrames"));
    }
  }

  private void points() {
    Long at = chunks.get("PNTS");
    if (at == null) {
      return;
    }
    SpecRecord head = record("points", at);
    List<SpecRecord> points = records("point", head.end(), head.count("pointCount"));
    long layoutsAt = head.end() + (long) points.size() * spec.length("point");
    List<SpecRecord> layouts = records("layout", layoutsAt, head.count("layoutCount"));
    long blocksAt = layoutsAt + (long) layouts.size() * spec.length("layout");
    List<SpecRecord> blocks = records("block", blocksAt, head.count("blockCount"));
    long sectionsAt = blocksAt + (long) blocks.size() * spec.length("block");
    List<SpecRecord> sections = records("section", sectionsAt, head.count("sectionCount"));
    long stringsAt = sectionsAt + (long) sections.size() * spec.length("section");
    for (SpecRecord point : points) {
      point(point, stringsAt);
      SpecRecord layout = layouts.get(point.count("layout"));
      int first = layout.count("firstBlock");
      for (SpecRecord block : blocks.subList(first, first + layout.count("blocks"))) {
        lines.block(
            block.count("ordinal"),
            string(block, stringsAt, "name"),
            block.number("length"),
            block.number("hostPageSize"));
      }
      first = point.count("firstSection");
      for (SpecRecord section : sections.subList(first, first + point.count("sections"))) {
        String name = string(section, stringsAt, "name");
        int crc = (int) section.number("crc");
        lines.section(name, section.count("version"), crc, section.number("length"));
        lines.stored(section.number("storedLength"), address(section.number("address")));
      }
    }
  }

  private void point(SpecRecord point, long stringsAt) {
    lines.point(
        point.number("checkpoint"),
        point.hex("checkpointId"),
        Instant.ofEpochSecond(point.number("seconds"), point.number("nanos")),
        string(point, stringsAt, "label"));
    lines.written(
        point.number("pages"),
        point.number("zeroPages"),
        point.number("bytes"),
        point.number("flags") == 1);
  }

  private String string(SpecRecord record, long stringsAt, String what) {
    return text(stringsAt + record.number(what + "Offset"), record.count(what + "Length"));
  }

  private String address(long address) {
    String kind = spec.values("kinds").get((int) (address >>> 60));
    long steps = address >>> 50 & (1 << 10) - 1;
    long ordinal = address >>> 36 & (1 << 14) - 1;
    long offset = (address & (1L << 36) - 1) * 64;
    return DumpLines.address(String.valueOf(kind), (int) ordinal, offset, (int) steps * 64);
  }

  private void regions() {
    Long at = chunks.get("PIDX");
    if (at == null) {
      return;
    }
    SpecRecord head = record("directory", at);
    long regionsAt = head.number("regionsOffset");
    for (SpecRecord entry : records("region", head.end(), head.count("entryCount"))) {
      region(entry, regionsAt + 8 * entry.number("start"));
    }
  }

  private void region(SpecRecord entry, long at) {
    int pagesAndFlags = entry.count("pagesAndFlags");
    List<String> flags = new ArrayList<>();
    spec.values("flags")
        .forEach(
            (value, flag) -> {
              if ((pagesAndFlags >> 12 & value) != 0) {
                flags.add(flag);
              }
            });
    int pages = (pagesAndFlags & 0xfff) + 1;
    SpecRegion region =
        new SpecRegion(file, at, flags, pages, entry.count("versions"), header.count("pageSize"));
    long length = region.end() - at;
    lines.region(entry.count("block"), entry.number("firstPage"), flags.toString());
    lines.columns(pages, entry.count("versions"), at, length, (int) entry.number("crc"));
    if (crc((int) at, (int) length) != (int) entry.number("crc")) {
      throw new AssertionError("CRC of the region at " + at);
    }
    long start = entry.number("firstPage") / 4096 * 4096;
    for (int v = 0; v < entry.count("versions"); v++) {
      lines.version(
          start + region.page(v),
          header.number("first") + region.checkpoint(v),
          flags.contains("ZEROS") ? zeroCrc() : region.crc(v),
          address(region.address(v)));
    }
  }

  private int zeroCrc() {
    CRC32C crc = new CRC32C();
    crc.update(new byte[header.count("pageSize")]);
    return (int) crc.getValue();
  }

  private int crc(int at, int length) {
    CRC32C crc = new CRC32C();
    crc.update(file, at, length);
    return (int) crc.getValue();
  }

  private void areas() {
    for (SpecRecord area : counted("AREA", "area")) {
      lines.area(area.count("ordinal"), area.number("length"), area.number("offset"));
    }
  }

  private void sums() {
    SpecRecord head = record("sums", chunks.getOrDefault("BSUM", -1L));
    List<SpecRecord> runs = records("run", head.end(), head.count("runCount"));
    long at = head.end() + (long) runs.size() * spec.length("run");
    for (SpecRecord run : runs) {
      for (int i = 0; i < run.count("count"); i++, at += 4) {
        lines.sum(run.number("firstBlock") + i, (int) SpecRecord.number(file, at, 4));
      }
    }
  }
}

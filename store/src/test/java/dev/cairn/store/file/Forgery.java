package dev.cairn.store.file;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A golden file with some fields changed and then every checksum made right again: what no checksum
 * finds. Fields are named as in FORMAT.md. Not thread-safe.
 */
final class Forgery {
  /** A checksum and what it covers, offsets in the file. */
  private record Sum(int at, int from, int to) {}

  private final SpecTables spec;
  private final byte[] original;
  private final byte[] file;
  private final Map<String, Integer> entries = new HashMap<>();
  private final Map<String, Integer> chunks = new HashMap<>();
  private final List<Integer> regions = new ArrayList<>();
  private final List<Sum> sums = new ArrayList<>();
  private final int footerAt;

  Forgery(SpecTables spec, byte[] golden) throws IOException {
    this.spec = spec;
    original = golden;
    file = golden.clone();
    footerAt = golden.length - spec.length("footer");
    SpecRecord footer = new SpecRecord(spec, "footer", golden, footerAt);
    int tableAt = footer.count("tableOffset");
    for (int at = tableAt; at < footerAt; at += spec.length("chunk")) {
      String id = new String(golden, at, 4, StandardCharsets.US_ASCII);
      entries.put(id, at);
      chunks.put(id, new SpecRecord(spec, "chunk", golden, at).count("offset"));
    }
    findRegions();
    for (int at : entries.values()) {
      SpecRecord chunk = new SpecRecord(spec, "chunk", golden, at);
      int from = chunk.count("offset");
      sums.add(new Sum(at + crcOf("chunk"), from, from + chunk.count("length")));
    }
    sums.add(new Sum(crcOf("header"), 0, crcOf("header")));
    sums.add(new Sum(footerAt + field("footer", "tableCrc"), tableAt, footerAt));
    int metadataAt = footer.count("metadataOffset");
    sums.add(new Sum(footerAt + field("footer", "metadataCrc"), metadataAt, footerAt));
    sums.add(new Sum(footerAt + crcOf("footer"), footerAt, footerAt + crcOf("footer")));
  }

  private void findRegions() throws IOException {
    try (OpenFile open = GoldenDirectory.open("golden", original)) {
      int count = chunks.containsKey("PIDX") ? open.directory().size() : 0;
      for (int i = 0; i < count; i++) {
        Directory.Entry entry = open.directory().entry(i);
        int from = (int) entry.offset();
        regions.add(from);
        sums.add(new Sum(at("region", i) + crcOf("region"), from, from + (int) entry.length()));
      }
    }
  }

  private int field(String table, String name) {
    return spec.field(table, name).offset();
  }

  private int crcOf(String table) {
    return field(table, "crc");
  }

  /** Returns where the i-th record of a table lies. */
  int at(String table, int i) {
    int chunk = chunk(chunkOf(table));
    int before =
        switch (table) {
          case "header" -> 0;
          case "footer" -> footerAt;
          case "directory", "points", "count", "sums" -> chunk;
          case "region" -> chunk + spec.length("directory");
          case "files", "area" -> chunk + spec.length("count");
          case "run" -> chunk + spec.length("sums");
          default -> pointsTable(chunk, table);
        };
    return before + i * spec.length(table);
  }

  private static String chunkOf(String table) {
    return switch (table) {
      case "header", "footer" -> "BSUM";
      case "directory", "region" -> "PIDX";
      case "files", "count" -> "FILS";
      case "area" -> "AREA";
      case "sums", "run" -> "BSUM";
      default -> "PNTS";
    };
  }

  private int pointsTable(int chunk, String table) {
    SpecRecord head = new SpecRecord(spec, "points", original, chunk);
    int at = (int) head.end();
    for (String one : List.of("point", "layout", "block", "section")) {
      if (one.equals(table)) {
        return at;
      }
      at += head.count(one + "Count") * spec.length(one);
    }
    return at;
  }

  /** Returns where a chunk lies. */
  int chunk(String id) {
    Integer at = chunks.get(id);
    if (at == null) {
      throw new AssertionError("no chunk " + id);
    }
    return at;
  }

  /** Returns where the entry of a chunk in the chunk table lies. */
  int entry(String id) {
    return entries.getOrDefault(id, -1);
  }

  /** Returns where the bytes of the i-th region lie. */
  int region(int i) {
    return regions.get(i);
  }

  /** Returns a field of the golden file. */
  long get(String table, int i, String name) {
    return SpecRecord.number(original, at(table, i) + field(table, name), bytes(table, name));
  }

  private int bytes(String table, String name) {
    return spec.field(table, name).bytes();
  }

  Forgery set(String table, int i, String name, long value) {
    return put(at(table, i) + field(table, name), bytes(table, name), value);
  }

  Forgery set(String table, String name, long value) {
    return set(table, 0, name, value);
  }

  /** Changes a field of the chunk table. */
  Forgery setChunk(String id, String name, long value) {
    return put(entry(id) + field("chunk", name), bytes("chunk", name), value);
  }

  /** Changes any bytes. */
  Forgery put(int at, int bytes, long value) {
    for (int i = 0; i < bytes; i++) {
      file[at + i] = (byte) (value >>> (8 * i));
    }
    return this;
  }

  Forgery flip(int at, int bit) {
    file[at] ^= (byte) (1 << bit);
    return this;
  }

  /** Takes all changes back. */
  void restore(int from, int to) {
    System.arraycopy(original, from, file, from, to - from);
  }

  /**
   * Makes all checksums right but that of the body, and returns the file, good until the next
   * change.
   */
  byte[] sealed() {
    MemorySegment s = MemorySegment.ofArray(file);
    Crc crc = new Crc();
    for (Sum sum : sums) {
      Bytes.put32(s, sum.at, crc.of(s, sum.from, sum.to - sum.from));
    }
    return file;
  }

  /** Returns the file as it is, good until the next change. */
  byte[] unsealed() {
    return file;
  }
}

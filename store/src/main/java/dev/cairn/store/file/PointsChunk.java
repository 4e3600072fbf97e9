package dev.cairn.store.file;

import dev.cairn.store.RamBlock;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Encodes the POINTS chunk. Layout: FORMAT.md, Points. */
final class PointsChunk {
  static final int HEADER_LENGTH = 24;
  static final int POINT_LENGTH = 96;
  static final int LAYOUT_LENGTH = 8;
  static final int BLOCK_LENGTH = 24;
  static final int SECTION_LENGTH = 40;

  /** Longest chunk, bytes: decoded, it takes five times as much. */
  static final int MOST_BYTES = 64 << 20;

  static final int WHOLE_IMAGE = 1;

  private PointsChunk() {}

  /** Encodes points sorted by checkpoint. */
  static byte[] encode(List<Point> points) {
    Tables t = new Tables();
    for (Point point : points) {
      t.add(point);
    }
    int length =
        HEADER_LENGTH
            + POINT_LENGTH * points.size()
            + LAYOUT_LENGTH * t.layouts.size()
            + BLOCK_LENGTH * t.blockCount
            + SECTION_LENGTH * t.sections.size()
            + t.strings.size();
    byte[] bytes = new byte[length];
    MemorySegment s = MemorySegment.ofArray(bytes);
    Bytes.put32(s, 0, points.size());
    Bytes.put32(s, 4, t.layouts.size());
    Bytes.put32(s, 8, t.blockCount);
    Bytes.put32(s, 12, t.sections.size());
    Bytes.put32(s, 16, t.strings.size());
    long at = HEADER_LENGTH;
    for (Point point : points) {
      t.putPoint(s.asSlice(at, POINT_LENGTH), point);
      at += POINT_LENGTH;
    }
    int firstBlock = 0;
    for (PointLayout layout : t.layouts.keySet()) {
      Bytes.put32(s, at, firstBlock);
      Bytes.put32(s, at + 4, layout.ordinals().size());
      firstBlock += layout.ordinals().size();
      at += LAYOUT_LENGTH;
    }
    for (PointLayout layout : t.layouts.keySet()) {
      for (int i = 0; i < layout.ordinals().size(); i++) {
        t.putBlock(
            s.asSlice(at, BLOCK_LENGTH), layout.ordinals().get(i), layout.layout().blocks().get(i));
        at += BLOCK_LENGTH;
      }
    }
    for (StoredSection section : t.sections) {
      t.putSection(s.asSlice(at, SECTION_LENGTH), section);
      at += SECTION_LENGTH;
    }
    MemorySegment.copy(MemorySegment.ofArray(t.strings.toByteArray()), 0, s, at, t.strings.size());
    return bytes;
  }

  /** The shared records behind the points, while a chunk is made. */
  private static final class Tables {
    private final Map<PointLayout, Integer> layouts = new LinkedHashMap<>();
    private final List<StoredSection> sections = new ArrayList<>();
    private final Map<List<StoredSection>, Integer> lists = new LinkedHashMap<>();
    private final Map<String, Integer> offsets = new LinkedHashMap<>();
    private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
    private int blockCount;

    void add(Point point) {
      string(point.label());
      if (layouts.putIfAbsent(point.layout(), layouts.size()) == null) {
        blockCount += point.layout().ordinals().size();
        point.layout().layout().blocks().forEach(block -> string(block.name()));
      }
      if (lists.putIfAbsent(point.sections(), sections.size()) == null) {
        sections.addAll(point.sections());
        point.sections().forEach(section -> string(section.name()));
      }
    }

    private int string(String text) {
      return offsets.computeIfAbsent(
          text,
          x -> {
            int offset = strings.size();
            strings.writeBytes(x.getBytes(StandardCharsets.UTF_8));
            return offset;
          });
    }

    private void putString(MemorySegment s, long at, String text) {
      Bytes.put32(s, at, string(text));
      Bytes.put32(s, at + 4, text.getBytes(StandardCharsets.UTF_8).length);
    }

    void putPoint(MemorySegment s, Point point) {
      Bytes.put64(s, 0, point.checkpoint());
      FileHeader.putId(s, 8, point.id());
      Instant time = point.time();
      Bytes.put64(s, 24, time.getEpochSecond());
      Bytes.put32(s, 32, time.getNano());
      Bytes.put32(s, 36, layouts.getOrDefault(point.layout(), 0));
      putString(s, 40, point.label());
      Bytes.put64(s, 48, point.written().pages());
      Bytes.put64(s, 56, point.written().zeroPages());
      Bytes.put64(s, 64, point.written().bytes());
      Bytes.put32(s, 72, lists.getOrDefault(point.sections(), 0));
      Bytes.put32(s, 76, point.sections().size());
      Bytes.put32(s, 80, point.written().wholeImage() ? WHOLE_IMAGE : 0);
    }

    void putBlock(MemorySegment s, int ordinal, RamBlock block) {
      Bytes.put32(s, 0, ordinal);
      Bytes.put32(s, 4, block.hostPageSize());
      Bytes.put64(s, 8, block.length());
      putString(s, 16, block.name());
    }

    void putSection(MemorySegment s, StoredSection section) {
      putString(s, 0, section.name());
      Bytes.put32(s, 8, section.version());
      Bytes.put32(s, 12, section.crc());
      Bytes.put64(s, 16, section.length());
      Bytes.put64(s, 24, section.storedLength());
      Bytes.put64(s, 32, section.address());
    }
  }
}

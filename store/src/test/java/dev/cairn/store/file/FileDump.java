package dev.cairn.store.file;

import dev.cairn.store.RamBlock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Writes down all that the reader sees of a file, but for the frames' bytes. */
final class FileDump {
  private final OpenFile file;
  private final DumpLines lines = new DumpLines();

  private FileDump(OpenFile file) {
    this.file = file;
  }

  static String of(OpenFile file) throws IOException {
    FileDump dump = new FileDump(file);
    dump.header();
    if (file.header().name().kind() != FileKind.PAGES) {
      dump.files();
      dump.points();
      dump.regions();
    }
    dump.body();
    return dump.lines.text();
  }

  private void header() throws IOException {
    FileHeader header = file.header();
    FileName name = header.name();
    lines.header(
        header.version(), name.kind().code(), name.first(), name.last(), header.pageSize());
    lines.id("file", hex(name.fileId()));
    lines.id("chain", header.chainId().toString());
    lines.id("parent", header.parentId().toString());
    lines.id("last", header.lastId().toString());
    lines.extent(file.length(), file.metadataOffset(), file.metadataSha());
  }

  private static String hex(long value) {
    return HexFormat.of().toHexDigits(value);
  }

  private void files() {
    for (int i = 0; i < file.files().size(); i++) {
      DrawnFile drawn = file.files().get(i);
      FileName name = drawn.name();
      lines.file(i, name.kind().code(), name.first(), name.last(), name.fileId());
      lines.drawn(drawn.drawnBytes(), drawn.drawnFrames());
    }
  }

  private void points() throws IOException {
    for (Point point : file.points()) {
      lines.point(point.checkpoint(), point.id().toString(), point.time(), point.label());
      Point.Written written = point.written();
      lines.written(written.pages(), written.zeroPages(), written.bytes(), written.wholeImage());
      List<RamBlock> blocks = point.layout().layout().blocks();
      for (int i = 0; i < blocks.size(); i++) {
        RamBlock block = blocks.get(i);
        lines.block(
            point.layout().ordinals().get(i), block.name(), block.length(), block.hostPageSize());
      }
      for (StoredSection section : point.sections()) {
        lines.section(section.name(), section.version(), section.crc(), section.length());
        lines.stored(section.storedLength(), address(section.address()));
      }
    }
  }

  private void regions() throws IOException {
    for (int i = 0; i < file.directory().size(); i++) {
      Directory.Entry entry = file.directory().entry(i);
      Region region = file.region(i);
      lines.region(entry.block(), entry.firstPage(), flags(entry.flags()));
      lines.columns(entry.pages(), entry.versions(), entry.offset(), entry.length(), entry.crc());
      long start = Directory.regionOf(entry.key()) & 0xffff_ffffL;
      for (int rank = 0; rank < region.pageCount(); rank++) {
        for (int v = region.firstVersion(rank); v < region.endVersion(rank); v++) {
          lines.version(
              start + region.page(rank),
              region.checkpoint(v),
              region.crc(v),
              address(region.address(v)));
        }
      }
    }
  }

  private void body() throws IOException {
    if (file.header().name().kind() == FileKind.BASE) {
      for (Area area : Area.place(file.points().getFirst().layout())) {
        lines.area(area.ordinal(), area.length(), area.offset());
      }
    }
    for (BlockSums.Run run : file.sums().runs()) {
      for (int i = 0; i < run.crcs().size(); i++) {
        lines.sum(run.first() + i, run.crcs().get(i));
      }
    }
  }

  static String flags(int flags) {
    List<String> words = new ArrayList<>();
    if ((flags & Region.VERSIONED) != 0) {
      words.add("VERSIONED");
    }
    if ((flags & Region.STRIDED) != 0) {
      words.add("STRIDED");
    }
    if ((flags & Region.FIXED) != 0) {
      words.add("FIXED");
    }
    if ((flags & Region.ZEROS) != 0) {
      words.add("ZEROS");
    }
    return words.toString();
  }

  static String address(long address) {
    String kind =
        switch (Address.kind(address)) {
          case Address.ZERO -> "ZERO";
          case Address.PLAIN -> "PLAIN";
          case Address.LZ4 -> "LZ4";
          case Address.ZSTD -> "ZSTD";
          case Address.DIFFERENCE -> "DIFFERENCE";
          default -> throw new AssertionError("kind of " + Long.toHexString(address));
        };
    return DumpLines.address(
        kind, Address.ordinal(address), Address.offset(address), Address.compressedBytes(address));
  }
}

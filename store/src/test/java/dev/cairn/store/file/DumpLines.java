package dev.cairn.store.file;

import java.time.Instant;
import java.util.Locale;

/**
 * The lines of a readable dump of a file. {@link FileDump} fills them from the reader, {@link
 * SpecDump} from FORMAT.md's tables alone. Not thread-safe.
 */
final class DumpLines {
  private final StringBuilder text = new StringBuilder();

  String text() {
    return text.toString();
  }

  private void line(String format, Object... arguments) {
    text.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }

  void header(int version, int kind, long first, long last, int pageSize) {
    line("version %d, kind %d, checkpoints %d..%d", version, kind, first, last);
    line("page size %d", pageSize);
  }

  void id(String what, String hex) {
    line("%s %s", what, hex);
  }

  void extent(long length, long metadataOffset, String sha) {
    line("length %d, metadata from %d on, SHA-256 %s", length, metadataOffset, sha);
  }

  void file(int ordinal, int kind, long first, long last, long fileId) {
    line("file %d: kind %d, checkpoints %d..%d, id %016x", ordinal, kind, first, last, fileId);
  }

  void drawn(long bytes, long frames) {
    line("  drawn: %d bytes in %d frames", bytes, frames);
  }

  void point(long checkpoint, String id, Instant time, String label) {
    line("point %d: %s at %s, label \"%s\"", checkpoint, id, time, label);
  }

  void written(long pages, long zeroPages, long bytes, boolean wholeImage) {
    String what = wholeImage ? "whole image" : "delta";
    line("  wrote %d pages, %d of them zero, %d bytes, a %s", pages, zeroPages, bytes, what);
  }

  void block(int ordinal, String name, long length, long hostPageSize) {
    line("  block %d \"%s\": %d bytes, host pages of %d", ordinal, name, length, hostPageSize);
  }

  void section(String name, int version, int crc, long length) {
    line("  section \"%s\" v%d: %d bytes, crc %08x", name, version, length, crc);
  }

  void stored(long storedLength, String address) {
    line("    %d bytes at %s", storedLength, address);
  }

  void region(int block, long firstPage, String flags) {
    line("region of block %d, pages from %d on, flags %s", block, firstPage, flags);
  }

  void columns(int pages, int versions, long offset, long length, int crc) {
    line("  %d pages, %d versions, %d bytes at %d, crc %08x", pages, versions, length, offset, crc);
  }

  void version(long page, long checkpoint, int crc, String address) {
    line("  %d at %d: crc %08x, %s", page, checkpoint, crc, address);
  }

  void area(int ordinal, long length, long offset) {
    line("area of block %d: %d bytes at %d", ordinal, length, offset);
  }

  void sum(long block, int crc) {
    line("MiB %d: crc %08x", block, crc);
  }

  static String address(String kind, int ordinal, long offset, int compressedBytes) {
    return compressedBytes == 0
        ? String.format(Locale.ROOT, "%s %d:%d", kind, ordinal, offset)
        : String.format(Locale.ROOT, "%s %d:%d+%d", kind, ordinal, offset, compressedBytes);
  }
}

package dev.cairn.store.file;

import dev.cairn.store.BadInputException;
import dev.cairn.store.StoreException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** Encodes and decodes the FILES chunk. Layout: FORMAT.md, File table. */
final class FileTable {
  static final int ENTRY_LENGTH = 48;

  /** Longest chunk, bytes. */
  static final int MOST_BYTES = 8 + ENTRY_LENGTH * Address.MAX_ORDINALS;

  /** What frames of one file can add up to: their offsets end at 4 TiB. */
  static final long MOST_DRAWN_BYTES = 1L << 42;

  static final long MOST_DRAWN_FRAMES = MOST_DRAWN_BYTES / Address.STEP;

  private FileTable() {}

  /**
   * @throws BadInputException if they are too many
   */
  static byte[] encode(List<DrawnFile> files) throws BadInputException {
    if (files.size() > Address.MAX_ORDINALS) {
      throw new BadInputException(
          files.getFirst().name()
              + ": would draw on "
              + files.size()
              + " files; a file table names at most "
              + Address.MAX_ORDINALS);
    }
    byte[] bytes = new byte[8 + ENTRY_LENGTH * files.size()];
    MemorySegment s = MemorySegment.ofArray(bytes);
    Bytes.put32(s, 0, files.size());
    for (int i = 0; i < files.size(); i++) {
      long at = 8 + (long) i * ENTRY_LENGTH;
      FileName name = files.get(i).name();
      Bytes.put64(s, at, name.fileId());
      Bytes.put64(s, at + 8, name.first());
      Bytes.put64(s, at + 16, name.last());
      Bytes.put32(s, at + 24, name.kind().code());
      Bytes.put64(s, at + 32, files.get(i).drawnBytes());
      Bytes.put64(s, at + 40, files.get(i).drawnFrames());
    }
    return bytes;
  }

  static List<DrawnFile> decode(FileHeader header, Chunk chunk) throws StoreException {
    MemorySegment s = chunk.bytes();
    chunk.require(s.byteSize() >= 8, "length", 0, "≥ 8", s.byteSize());
    long count = Bytes.getU32(s, 0);
    long length = 8 + count * ENTRY_LENGTH;
    chunk.require(
        count >= 1 && count <= Address.MAX_ORDINALS && length == s.byteSize(),
        "count",
        0,
        "that of " + s.byteSize() + " bytes",
        count);
    boolean alone = header.name().kind() != FileKind.BASE || count == 1;
    chunk.require(alone, "count", 0, "1: a base image draws on no other file", count);
    List<DrawnFile> files = new ArrayList<>();
    Set<Long> ids = new HashSet<>();
    for (long at = 8; at < length; at += ENTRY_LENGTH) {
      int code = Bytes.get32(s, at + 24);
      long codeAt = at + 24;
      long first = Bytes.get64(s, at + 8);
      long last = Bytes.get64(s, at + 16);
      FileKind kind =
          FileKind.ofCode(code).orElseThrow(() -> chunk.corrupt("file kind", codeAt, "1..3", code));
      boolean ranged = first >= 0 && last >= first && (kind != FileKind.BASE || first == last);
      // Nobody draws on a base image: when it moves, the old one goes.
      boolean drawable = files.isEmpty() || kind != FileKind.BASE;
      chunk.require(
          ranged && drawable,
          "file",
          at,
          "a file's kind and range",
          code + " " + first + ".." + last);
      long id = Bytes.get64(s, at);
      chunk.require(ids.add(id), "file id", at, "once", HexFormat.of().toHexDigits(id));
      long bytes = Bytes.get64(s, at + 32);
      long frames = Bytes.get64(s, at + 40);
      chunk.require(
          bytes >= 0 && bytes <= MOST_DRAWN_BYTES,
          "drawn bytes",
          at + 32,
          "≤ " + MOST_DRAWN_BYTES,
          bytes);
      chunk.require(
          frames >= 0 && frames <= MOST_DRAWN_FRAMES,
          "drawn frames",
          at + 40,
          "≤ " + MOST_DRAWN_FRAMES,
          frames);
      files.add(new DrawnFile(new FileName(kind, first, last, id), bytes, frames));
    }
    chunk.require(
        files.getFirst().name().equals(header.name()),
        "entry 0",
        8,
        header.name(),
        files.getFirst().name());
    return files;
  }
}

package dev.cairn.store.file;

import dev.cairn.store.StoreException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Encodes and decodes the FILES chunk. Layout: FORMAT.md, File table. */
final class FileTable {
  static final int ENTRY_LENGTH = 48;

  private FileTable() {}

  static byte[] encode(List<DrawnFile> files) {
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
    List<DrawnFile> files = new ArrayList<>();
    for (long at = 8; at < length; at += ENTRY_LENGTH) {
      int code = Bytes.get32(s, at + 24);
      long first = Bytes.get64(s, at + 8);
      long last = Bytes.get64(s, at + 16);
      FileKind kind = FileKind.ofCode(code).orElseThrow(() -> chunk.unknown("file kind " + code));
      if (first < 0 || last < first || (kind == FileKind.BASE && first != last)) {
        throw chunk.corrupt(
            "file", at, "a file's kind and range", code + " " + first + ".." + last);
      }
      long bytes = Bytes.get64(s, at + 32);
      long frames = Bytes.get64(s, at + 40);
      chunk.require(bytes >= 0 && frames >= 0, "drawn bytes", at + 32, "≥ 0", bytes);
      files.add(new DrawnFile(new FileName(kind, first, last, Bytes.get64(s, at)), bytes, frames));
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

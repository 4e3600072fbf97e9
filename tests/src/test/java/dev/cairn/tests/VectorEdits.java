package dev.cairn.tests;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** Changes that tests make to images; where the fields lie: facts of the vectors. */
final class VectorEdits {
  private static final int PIECE = 4096;

  /** Before a block's bitmap: version, page size, bitmap offset, pages offset. */
  static final int VERSION = -28;

  static final int PAGE_SIZE = -24;
  static final int BITMAP_OFFSET = -16;
  static final int PAGES_OFFSET = -8;

  private VectorEdits() {}

  /** Overwrites bytes. */
  static void put(Path file, long offset, byte... bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), offset);
    }
  }

  static byte[] be64(long value) {
    return ByteBuffer.allocate(8).putLong(value).array();
  }

  static byte[] be32(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  /** Reads bytes. */
  static byte[] get(Path file, long offset, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (bytes.hasRemaining() && channel.read(bytes, offset + bytes.position()) >= 0) {}
    }
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  static void truncate(Path file, long length) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(length);
    }
  }

  /** Returns the offset of the first block's bitmap, behind its header. */
  static long bitmap(int n, int block) throws IOException {
    return Vectors.facts(n).get("blocks").get(block).get("bitmap_offset").asLong();
  }

  /** Writes a vector behind a libvirt header; offsets in the stream are those of the file. */
  static Path libvirt(int n, Path image, ByteBuffer header, int streamAt) throws IOException {
    Path target = image.resolveSibling("libvirt-" + n);
    try (FileChannel in = FileChannel.open(image, StandardOpenOption.READ);
        FileChannel out =
            FileChannel.open(target, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      out.truncate(0);
      out.write(header, 0);
      out.write(ByteBuffer.wrap("<domain/>\0".getBytes(StandardCharsets.UTF_8)), 92);
      ByteBuffer piece = ByteBuffer.allocate(PIECE);
      byte[] zeros = new byte[PIECE];
      for (long at = 0; at < in.size(); at += PIECE) {
        piece.clear();
        in.read(piece, at);
        piece.flip();
        boolean last = at + PIECE >= in.size();
        if (last || !Arrays.equals(piece.array(), zeros)) {
          out.write(piece, streamAt + at);
        }
      }
    }
    for (JsonNode block : Vectors.facts(n).get("blocks")) {
      long bitmap = block.get("bitmap_offset").asLong();
      put(target, streamAt + bitmap + BITMAP_OFFSET, be64(streamAt + bitmap));
      long pages = streamAt + block.get("pages_offset").asLong();
      put(target, streamAt + bitmap + PAGES_OFFSET, be64(pages));
    }
    return target;
  }
}

package dev.cairn.store.file;

import dev.cairn.store.BadInputException;
import dev.cairn.store.io.StoreOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.CRC32C;

/**
 * Writes a file's end: index regions, chunks, chunk table, footer; and takes their checksums. Not
 * thread-safe.
 */
final class MetadataWriter {
  private static final int BUFFER = 1 << 20;

  private final FileHeader header;
  private final StoreOutput out;
  private final long metadataOffset;
  private final MessageDigest sha;
  private final CRC32C metadataCrc = new CRC32C();
  private final ByteArrayOutputStream table = new ByteArrayOutputStream();

  /** What is not written yet; grows up to {@link #BUFFER}, since most files' metadata are small. */
  private byte[] pending = new byte[8 << 10];

  private int pendingSize;
  private long written;
  private int chunks;

  /**
   * @param metadataOffset where the body ends, a multiple of 64
   */
  MetadataWriter(FileHeader header, StoreOutput out, long metadataOffset) {
    this.header = header;
    this.out = out;
    this.metadataOffset = metadataOffset;
    this.written = metadataOffset;
    this.sha = sha256();
    MemorySegment encoded = MemorySegment.ofArray(new byte[FileHeader.LENGTH]);
    header.encode(encoded);
    sha.update(encoded.asByteBuffer());
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Returns a digest as a manifest has it. */
  static String text(byte[] digest) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
  }

  /** Returns the offset of the next byte. */
  long position() {
    return written + pendingSize;
  }

  /** Appends bytes whose length is a multiple of 8. */
  void append(MemorySegment data) throws IOException {
    digest(data.asByteBuffer());
    if (pendingSize + data.byteSize() > BUFFER) {
      flush();
    }
    if (data.byteSize() > BUFFER) {
      out.write(written, data);
      written += data.byteSize();
      return;
    }
    int end = pendingSize + (int) data.byteSize();
    if (end > pending.length) {
      pending = Arrays.copyOf(pending, Math.min(BUFFER, Math.max(end, 2 * pending.length)));
    }
    MemorySegment.copy(data, 0, MemorySegment.ofArray(pending), pendingSize, data.byteSize());
    pendingSize = end;
  }

  /** Appends a chunk and its padding. */
  void chunk(int id, byte[] content) throws IOException {
    long most = ChunkId.most(id);
    if (content.length > most) {
      throw new BadInputException(
          header.name()
              + ": chunk "
              + ChunkId.text(id)
              + " would have "
              + content.length
              + " bytes; readers take at most "
              + most);
    }
    byte[] entry = new byte[24];
    MemorySegment s = MemorySegment.ofArray(entry);
    Bytes.put32(s, 0, id);
    Bytes.put32(s, 4, new Crc().of(MemorySegment.ofArray(content)));
    Bytes.put64(s, 8, position());
    Bytes.put64(s, 16, content.length);
    table.writeBytes(entry);
    chunks++;
    append(MemorySegment.ofArray(content)); // from the first chunk on, the SHA-256 has them all
    append(MemorySegment.ofArray(new byte[-content.length & 7]));
  }

  /**
   * Writes table and footer; the file is complete then, but not synced.
   *
   * @param bodyBytes of the body that are not holes
   */
  SealedFile finish(long bodyBytes) throws IOException {
    byte[] entries = table.toByteArray();
    long tableOffset = position();
    append(MemorySegment.ofArray(entries));
    flush();
    byte[] footer = new byte[Footer.LENGTH];
    long length = written + Footer.LENGTH;
    new Footer(
            metadataOffset,
            tableOffset,
            chunks,
            new Crc().of(MemorySegment.ofArray(entries)),
            length,
            header.name().fileId(),
            (int) metadataCrc.getValue())
        .encode(MemorySegment.ofArray(footer), header.version());
    sha.update(footer);
    out.write(written, MemorySegment.ofArray(footer));
    return new SealedFile(header, length, bodyBytes + length - metadataOffset, text(sha.digest()));
  }

  private void flush() throws IOException {
    if (pendingSize > 0) {
      out.write(written, MemorySegment.ofArray(pending).asSlice(0, pendingSize));
      written += pendingSize;
      pendingSize = 0;
    }
  }

  private void digest(ByteBuffer bytes) {
    metadataCrc.update(bytes.duplicate());
    if (chunks > 0) {
      sha.update(bytes);
    }
  }
}

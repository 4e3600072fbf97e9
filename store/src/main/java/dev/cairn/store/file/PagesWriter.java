package dev.cairn.store.file;

import dev.cairn.store.BadInputException;
import dev.cairn.store.io.StoreOutput;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Writes a page file: frames that were packed out of other files. Not thread-safe. */
public final class PagesWriter implements Closeable {
  private final FileHeader header;
  private final StoreOutput out;
  private final BodyWriter body;

  public PagesWriter(FileHeader header, StoreOutput out) throws IOException {
    this.header = header;
    this.out = out;
    body = new BodyWriter(out);
    MemorySegment encoded = MemorySegment.ofArray(new byte[FileHeader.LENGTH]);
    header.encode(encoded);
    body.append(encoded);
  }

  /**
   * Adds a frame whose page has been checked.
   *
   * @param kind of its address
   * @param frame its bytes as they are stored
   * @return its offset here
   */
  public long add(int kind, MemorySegment frame) throws IOException {
    if (kind == Address.DIFFERENCE && !header.mayHaveDifferences()) {
      throw new IllegalArgumentException(header.name() + ": of version " + header.version());
    }
    if (body.position() > Address.MAX_OFFSET - Bytes.alignUp(frame.byteSize(), 4096)) {
      throw new BadInputException(header.name() + ": a page file has at most 4 TiB");
    }
    boolean page = kind == Address.PLAIN && frame.byteSize() == header.pageSize();
    return body.frame(page ? Math.min(header.pageSize(), 4096) : Address.STEP, frame);
  }

  /** Tells whether the next frame can be a difference from one that begins at an offset here. */
  public boolean reaches(long base) {
    long next = Bytes.alignUp(body.position(), Address.STEP);
    return next - base <= (long) Address.REACH_PAGES * header.pageSize();
  }

  /** Writes checksums and footer. The file is complete then, but not synced. */
  public SealedFile seal() throws IOException {
    body.align(64);
    BlockSums sums = body.finish();
    MetadataWriter metadata = new MetadataWriter(header, out, body.position());
    metadata.chunk(ChunkId.SUMS, sums.encode());
    return metadata.finish(body.writtenBytes());
  }

  @Override
  public void close() {
    body.close();
  }
}

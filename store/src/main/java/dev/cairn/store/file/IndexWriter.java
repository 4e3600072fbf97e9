package dev.cairn.store.file;

import dev.cairn.store.io.StoreOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Collects the regions of a file's index, and writes all metadata once the body has ended. Where
 * the body's end is known before (a merged layer), regions go to the file at once; else they wait
 * in memory, and where they are many in a spill. Not thread-safe.
 */
final class IndexWriter {
  private static final int MOST_WAITING = 4 << 20;

  private final FileHeader header;
  private final StoreOutput out;
  private final @Nullable IndexSpill spill;
  private final Directory.Builder directory = new Directory.Builder();
  private final Region.Encoder encoder = new Region.Encoder();
  private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
  private @Nullable MetadataWriter metadata;

  /** Regions wait until {@link #startAt}. */
  IndexWriter(FileHeader header, StoreOutput out, IndexSpill spill) {
    this.header = header;
    this.out = out;
    this.spill = spill;
  }

  /** The body has ended already. */
  IndexWriter(FileHeader header, StoreOutput out, MetadataWriter metadata) {
    this.header = header;
    this.out = out;
    this.spill = null;
    this.metadata = metadata;
  }

  /** Tells where the body ends; from then on regions are written at once. */
  MetadataWriter startAt(long metadataOffset) throws IOException {
    MetadataWriter writer = new MetadataWriter(header, out, metadataOffset);
    if (spill != null) {
      spill.moveTo(writer);
    }
    writer.append(MemorySegment.ofArray(waiting.toByteArray()));
    waiting.reset();
    metadata = writer;
    return writer;
  }

  /**
   * Adds a region, if it has versions.
   *
   * @param fixed as in {@link Region.Encoder#encode}
   */
  void add(long key, Versions versions, long fixed) throws IOException {
    if (versions.size() == 0) {
      return;
    }
    MemorySegment bytes = encoder.encode(versions, header.name().first(), header.pageSize(), fixed);
    directory.add(key, encoder, versions.size(), bytes);
    if (metadata != null) {
      metadata.append(bytes);
      return;
    }
    byte[] copy = new byte[(int) bytes.byteSize()];
    MemorySegment.copy(bytes, 0, MemorySegment.ofArray(copy), 0, copy.length);
    waiting.writeBytes(copy);
    if (spill != null && waiting.size() > MOST_WAITING) {
      spill.append(MemorySegment.ofArray(waiting.toByteArray()));
      waiting.reset();
    }
  }

  /** Returns how many versions were added. */
  long versionCount() {
    return directory.versionCount();
  }

  /** Encodes the directory. */
  byte[] directory(long metadataOffset) {
    return directory.encode(metadataOffset);
  }
}

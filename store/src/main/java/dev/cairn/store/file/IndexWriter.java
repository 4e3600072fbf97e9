package dev.cairn.store.file;

import dev.cairn.store.io.StoreOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects the regions of a file's index, and writes all metadata once the body has ended. Where
 * the body's end is known before (a base image, a merged layer), regions go to the file at once;
 * else they wait in memory: at most 19 bytes a page. Not thread-safe.
 */
final class IndexWriter {
  private final FileHeader header;
  private final StoreOutput out;
  private final Directory.Builder directory = new Directory.Builder();
  private final Region.Encoder encoder = new Region.Encoder();
  private final List<MemorySegment> waiting = new ArrayList<>();
  private final ByteArrayOutputStream small = new ByteArrayOutputStream();
  private @Nullable MetadataWriter metadata;

  IndexWriter(FileHeader header, StoreOutput out) {
    this.header = header;
    this.out = out;
  }

  /** Tells where the body ends; from then on regions are written at once. */
  MetadataWriter startAt(long metadataOffset) throws IOException {
    MetadataWriter writer = new MetadataWriter(header, out, metadataOffset);
    for (MemorySegment bytes : waiting) {
      writer.append(bytes);
    }
    waiting.clear();
    writer.append(MemorySegment.ofArray(small.toByteArray()));
    small.reset();
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
    small.writeBytes(copy);
    if (small.size() > 1 << 20) {
      waiting.add(MemorySegment.ofArray(small.toByteArray()));
      small.reset();
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

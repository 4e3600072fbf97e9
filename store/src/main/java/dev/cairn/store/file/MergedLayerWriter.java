package dev.cairn.store.file;

import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a layer that has an index and no page data of its own: all its addresses lie in other
 * files. Not thread-safe.
 */
public final class MergedLayerWriter {
  private static final int BODY_END = FileHeader.LENGTH;

  private final FileHeader header;
  private final IndexWriter index;
  private final MetadataWriter metadata;
  private final BlockSums sums;

  public MergedLayerWriter(FileHeader header, StoreOutput out) throws IOException {
    this.header = header;
    try (BodyWriter body = new BodyWriter(out)) {
      MemorySegment encoded = MemorySegment.ofArray(new byte[FileHeader.LENGTH]);
      header.encode(encoded);
      body.append(encoded);
      sums = body.finish();
    }
    metadata = new MetadataWriter(header, out, BODY_END);
    index = new IndexWriter(header, out, metadata);
  }

  /**
   * Adds a region; keys ascend.
   *
   * @param key as in {@link Directory}
   * @param versions their addresses carry ordinals of the file table given to {@link #seal}
   */
  public void add(long key, Versions versions) throws IOException {
    index.add(key, versions, 0);
  }

  /**
   * Writes points and footer. The file is complete then, but not synced.
   *
   * @param points those that the layer answers exactly
   * @param drawn the files of ordinals 1, 2 …
   */
  public SealedFile seal(List<Point> points, List<DrawnFile> drawn) throws IOException {
    List<DrawnFile> files = new ArrayList<>();
    files.add(new DrawnFile(header.name(), 0, 0));
    files.addAll(drawn);
    metadata.chunk(ChunkId.INDEX, index.directory(BODY_END));
    metadata.chunk(ChunkId.FILES, FileTable.encode(files));
    metadata.chunk(ChunkId.POINTS, PointsChunk.encode(points));
    metadata.chunk(ChunkId.SUMS, sums.encode());
    return metadata.finish(BODY_END);
  }
}

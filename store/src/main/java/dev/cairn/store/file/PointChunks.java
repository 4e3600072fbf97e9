package dev.cairn.store.file;

import dev.cairn.store.BadInputException;
import dev.cairn.store.DeviceState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What stands behind the index regions of a file of one checkpoint. Immutable.
 *
 * @param point its only one
 * @param files that it draws upon, itself first
 * @param areas of a base image; empty for a layer
 * @param sums of its body
 */
record PointChunks(Point point, List<DrawnFile> files, List<Area> areas, BlockSums sums) {
  /** Fails for a point that no reader would take. */
  static void check(Point point) throws BadInputException {
    long length = point.sections().stream().mapToLong(StoredSection::length).sum();
    if (length > DeviceState.MAX_BYTES) {
      throw new BadInputException(
          "device state of " + length + " bytes; a point has at most " + DeviceState.MAX_BYTES);
    }
  }

  /** Puts the file itself before what else it draws upon. */
  static List<DrawnFile> files(DrawnFile self, List<DrawnFile> drawn) {
    List<DrawnFile> files = new ArrayList<>();
    files.add(self);
    files.addAll(drawn);
    return files;
  }

  /**
   * Writes all of it.
   *
   * @param index whose regions the metadata have already
   * @param metadataOffset where these began
   */
  void write(MetadataWriter metadata, IndexWriter index, long metadataOffset) throws IOException {
    metadata.chunk(ChunkId.INDEX, index.directory(metadataOffset));
    metadata.chunk(ChunkId.FILES, FileTable.encode(files));
    metadata.chunk(ChunkId.POINTS, PointsChunk.encode(List.of(point)));
    if (!areas.isEmpty()) {
      metadata.chunk(ChunkId.AREAS, Area.encode(areas));
    }
    metadata.chunk(ChunkId.SUMS, sums.encode());
  }
}

package dev.cairn.tools.bench;

import dev.cairn.chain.Chain;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.ManifestCodec;
import dev.cairn.store.DeviceState;
import dev.cairn.store.Id;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.FileHeader;
import dev.cairn.store.file.FileKind;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.LayerWriter;
import dev.cairn.store.file.MergedLayerWriter;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.PointLayout;
import dev.cairn.store.file.SealedFile;
import dev.cairn.store.file.Versions;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32C;

/**
 * Makes a chain of any number of points in a moment: a base image and one merged layer that lists
 * them all, as merges would leave it, written by the store's own writers. Each point has a zero
 * version of one page. Only the manifest is put together here. Immutable.
 *
 * @param points number of points, the base's among them; at least 2
 * @param layout of the machine, one block
 * @param random draws ids
 */
record WideChain(int points, RamLayout layout, Random random) {
  private static final String NAME = "vm";

  /** Writes the chain into a directory of its own and opens it. The caller closes it. */
  Chain make(Workbench bench, String directory) throws IOException {
    Id chain = Id.random(random);
    PointLayout placed = new PointLayout(layout, List.of(0));
    Id baseId = Id.random(random);
    Id tipId = Id.random(random);
    try (StoreDirectory parts = bench.storeDirectory(directory + "-parts");
        StoreDirectory target = bench.storeDirectory(directory)) {
      FileHeader baseHeader = header(FileKind.BASE, 0, 0, chain, Id.NONE, baseId);
      FileHeader layerHeader = header(FileKind.LAYER, 1, points - 1, chain, baseId, tipId);
      SealedFile base = base(parts, baseHeader, placed);
      SealedFile layer = layer(parts, layerHeader, placed);
      Manifest manifest =
          new Manifest(
              new Manifest.Identity(chain, Optional.empty(), layout.pageSize()),
              points,
              points,
              Optional.of(new Manifest.Tip(points - 1, tipId)),
              List.of(layout.blocks().getFirst().name()),
              List.of(FileEntry.index(base), FileEntry.index(layer)),
              Manifest.Marks.NONE,
              base.writtenBytes(),
              base.writtenBytes() + layer.writtenBytes());
      try (StoreOutput out = target.create("MANIFEST")) {
        out.write(0, MemorySegment.ofArray(ManifestCodec.encode(manifest)));
        out.sync();
      }
    }
    StoreDirectory target = bench.storeDirectory(directory);
    try (StoreDirectory parts = bench.storeDirectory(directory + "-parts")) {
      for (String file : parts.list()) {
        parts.link(file, target, file);
      }
    }
    return Chain.open(NAME, target, bench.environment());
  }

  private FileHeader header(
      FileKind kind, long first, long last, Id chain, Id parentId, Id lastId) {
    FileName name = new FileName(kind, first, last, random.nextLong());
    return new FileHeader(name, chain, parentId, lastId, layout.pageSize());
  }

  private SealedFile base(StoreDirectory parts, FileHeader header, PointLayout placed)
      throws IOException {
    try (StoreOutput out = parts.create(header.name().text());
        LayerWriter writer = LayerWriter.base(header, parts, out, placed)) {
      Point point = point(0, header.lastId(), placed);
      SealedFile file = writer.seal(point, List.of());
      out.sync();
      return file;
    }
  }

  private SealedFile layer(StoreDirectory parts, FileHeader header, PointLayout placed)
      throws IOException {
    try (StoreOutput out = parts.create(header.name().text())) {
      MergedLayerWriter writer = new MergedLayerWriter(header, out);
      Versions versions = new Versions();
      CRC32C zeros = new CRC32C();
      zeros.update(new byte[layout.pageSize()]);
      List<Point> listed = new ArrayList<>();
      for (int n = 1; n < points; n++) {
        versions.add(0, n, (int) zeros.getValue(), Address.ZERO);
        Id id = n == points - 1 ? header.lastId() : Id.random(random);
        listed.add(point(n, id, placed));
      }
      writer.add(Directory.keyOf(0, 0), versions);
      SealedFile file = writer.seal(listed, List.of());
      out.sync();
      return file;
    }
  }

  private static Point point(long checkpoint, Id id, PointLayout placed) {
    return new Point(
        checkpoint,
        id,
        Instant.ofEpochSecond(1_700_000_000 + checkpoint),
        "",
        placed,
        new Point.Written(checkpoint == 0 ? 0 : 1, checkpoint == 0 ? 0 : 1, 0, checkpoint == 0),
        List.of());
  }

  /** Returns an image of one page, as a delta over such a chain. */
  PagesImage onePage(long version) {
    return new PagesImage(layout, new long[] {5}, version, DeviceState.NONE);
  }
}

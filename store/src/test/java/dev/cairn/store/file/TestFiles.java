package dev.cairn.store.file;

import dev.cairn.store.Id;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.store.io.StoreDirectory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Headers, points and pages for tests that care about something else. */
final class TestFiles {
  private TestFiles() {}

  static FileHeader header(FileKind kind, long first, long last, int pageSize) {
    FileName name = new FileName(kind, first, last, 0x7e57_0000L + first);
    return new FileHeader(name, new Id(1, 2), Id.NONE, new Id(3, last), pageSize);
  }

  /** One block, ordinal 0. */
  static PointLayout layout(long lengthBytes, int pageSize) {
    RamBlock block = new RamBlock("ram", lengthBytes);
    return new PointLayout(new RamLayout(pageSize, List.of(block)), List.of(0));
  }

  static Point point(FileHeader header, PointLayout layout, List<StoredSection> sections) {
    return new Point(
        header.name().last(),
        header.lastId(),
        Instant.EPOCH,
        "",
        layout,
        new Point.Written(0, 0, 0, false),
        sections);
  }

  static OpenFile open(StoreDirectory directory, FileName name) throws IOException {
    return OpenFile.open(name, directory.open(name.text()));
  }

  /** Returns bytes that tell where they belong and that no codec shortens. */
  static byte[] noise(long page, int pageSize) {
    byte[] bytes = new byte[pageSize];
    new Random(page).nextBytes(bytes);
    return bytes;
  }

  /**
   * Reads a page of block 0 at a checkpoint, by the directory entry that is the last at or below.
   */
  static Optional<byte[]> read(OpenFile index, OpenFile data, long page, long checkpoint)
      throws IOException {
    int entry = index.directory().ceiling(page + 1) - 1;
    if (entry < 0 || Directory.keyOf(0, page) != Directory.regionOf(index.directory().key(entry))) {
      return Optional.empty();
    }
    Region region = index.region(entry);
    int version = region.find((int) (page % Versions.REGION_PAGES), checkpoint);
    if (version == Region.ABSENT) {
      return Optional.empty();
    }
    int pageSize = index.header().pageSize();
    try (Arena arena = Arena.ofConfined();
        PageReader reader = new PageReader(pageSize, arena)) {
      MemorySegment window = arena.allocate(pageSize, 64);
      if (Address.kind(region.address(version)) != Address.ZERO) {
        reader.begin();
        reader.want(data, region.address(version), region.crc(version), 0);
        reader.readInto(window);
      }
      return Optional.of(window.toArray(ValueLayout.JAVA_BYTE));
    }
  }
}

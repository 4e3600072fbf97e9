package dev.cairn.store.file;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads all that a file has to give, as those do who open it. */
final class FileReading {
  private FileReading() {}

  /**
   * Returns everything that was read: header, tables, each version, and a checksum of each frame
   * and section that lies in the file itself.
   */
  static List<Object> all(FileName name, byte[] bytes) throws IOException {
    List<Object> facts = new ArrayList<>();
    try (OpenFile file = OpenFile.open(name, BytesInput.of(bytes))) {
      facts.add(file.header());
      facts.add(file.metadataSha());
      facts.add(file.sums().runs());
      facts.addAll(file.files());
      for (Point point : file.points()) {
        facts.add(point);
        facts.add(file.point(point.checkpoint()).equals(Optional.of(point)));
        for (StoredSection section : point.sections()) {
          if (isOwn(file, section.address())) {
            facts.add(DeviceFrames.read(file, section));
          }
        }
      }
      if (name.kind() != FileKind.PAGES) {
        pages(file, facts);
      }
    }
    return facts;
  }

  private static boolean isOwn(OpenFile file, long address) {
    FileName drawn = file.files().get(Address.ordinal(address)).name();
    return drawn.equals(file.header().name());
  }

  private static void pages(OpenFile file, List<Object> facts) throws IOException {
    int pageSize = file.header().pageSize();
    Crc crc = new Crc();
    try (Arena arena = Arena.ofConfined();
        PageReader reader = new PageReader(pageSize, arena)) {
      MemorySegment page = arena.allocate(pageSize, 64);
      for (int i = 0; i < file.directory().size(); i++) {
        facts.add(file.directory().entry(i));
        Region region = file.region(i);
        for (int rank = 0; rank < region.pageCount(); rank++) {
          facts.add(region.page(rank));
          for (int v = region.firstVersion(rank); v < region.endVersion(rank); v++) {
            long address = region.address(v);
            facts.add(region.checkpoint(v));
            facts.add(region.crc(v));
            facts.add(address);
            if (isOwn(file, address) && Address.kind(address) != Address.ZERO) {
              reader.begin();
              reader.want(file, address, region.crc(v), 0);
              reader.readInto(page);
              facts.add(crc.of(page));
            }
          }
        }
      }
    }
  }
}

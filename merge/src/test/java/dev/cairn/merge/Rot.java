package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.FileHeader;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.Region;
import dev.cairn.store.file.StoredSection;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/** Damages published files, as a disk does: nobody is told. */
final class Rot {
  private static final int ID_LENGTH = 16;

  /** Of the id of the newest point in a file's header: store/FORMAT.md, Header. */
  private static final int LAST_ID_OFFSET = 72;

  private final MemoryStore disk;
  private final String chain;

  Rot(MemoryStore disk, String chain) {
    this.disk = disk;
    this.chain = chain;
  }

  /** Where a byte lies. */
  record Place(FileName file, long offset) {}

  /** Flips a bit. */
  FileName flip(Place place) throws IOException {
    String file = place.file.text();
    byte[] bytes = disk.read(chain, file);
    bytes[(int) place.offset] ^= 4;
    MemoryDirectory directory = disk.directory(chain);
    directory.delete(file);
    try (StoreOutput out = directory.create(file)) {
      out.write(0, MemorySegment.ofArray(bytes));
    }
    return place.file;
  }

  FileName delete(FileName file) throws IOException {
    disk.directory(chain).delete(file.text());
    return file;
  }

  /** Finds the frame that an index has of a page at a checkpoint. */
  Optional<Place> page(FileEntry index, long page, long checkpoint) throws IOException {
    try (Chain open = disk.chain(chain);
        OpenFile file = OpenFile.open(index.name(), open.directory().open(index.name().text()))) {
      for (int i = 0; i < file.directory().size(); i++) {
        if (Directory.regionOf(file.directory().key(i)) != 0) {
          continue;
        }
        Region region = file.region(i);
        int rank = region.rank((int) page);
        for (int v = rank < 0 ? 0 : region.firstVersion(rank);
            rank >= 0 && v < region.endVersion(rank);
            v++) {
          if (region.checkpoint(v) == checkpoint && region.address(v) != Address.ZERO) {
            return Optional.of(place(file, region.address(v)));
          }
        }
      }
      return Optional.empty();
    }
  }

  /** Returns the kind of the frame that an index has of a page at a checkpoint. */
  int kind(FileEntry index, long page, long checkpoint) throws IOException {
    try (Chain open = disk.chain(chain);
        OpenFile file = OpenFile.open(index.name(), open.directory().open(index.name().text()))) {
      Region region = file.region(0);
      return Address.kind(region.address(region.find((int) page, checkpoint)));
    }
  }

  /** Finds a section of a point that an index lists. */
  Place section(FileEntry index, long checkpoint, String name) throws IOException {
    try (Chain open = disk.chain(chain);
        OpenFile file = OpenFile.open(index.name(), open.directory().open(index.name().text()))) {
      for (Point point : file.points()) {
        for (StoredSection section : point.sections()) {
          if (point.checkpoint() == checkpoint && section.name().equals(name)) {
            return place(file, section.address());
          }
        }
      }
    }
    throw new AssertionError(checkpoint + " has no section " + name);
  }

  private static Place place(OpenFile index, long address) {
    return new Place(index.files().get(Address.ordinal(address)).name(), Address.offset(address));
  }

  /** Finds a byte of the index of a file: in a region, where no chunk's checksum is. */
  Place index(FileEntry entry) throws IOException {
    try (Chain open = disk.chain(chain);
        OpenFile file = OpenFile.open(entry.name(), open.directory().open(entry.name().text()))) {
      long offset = file.directory().entry(0).offset();
      assertTrue(offset >= file.metadataOffset());
      return new Place(entry.name(), offset);
    }
  }

  /** Finds a byte of a file's POINTS: of the newest point's id, which the header has, too. */
  Place points(FileEntry entry) throws IOException {
    byte[] bytes = disk.read(chain, entry.name().text());
    for (int at = bytes.length - ID_LENGTH; at >= FileHeader.LENGTH; at--) {
      if (Arrays.equals(
          bytes, at, at + ID_LENGTH, bytes, LAST_ID_OFFSET, LAST_ID_OFFSET + ID_LENGTH)) {
        return new Place(entry.name(), at);
      }
    }
    throw new AssertionError(entry.name() + " does not list its newest point");
  }

  /** Finds the last byte of a file: of the footer, without which it cannot be opened. */
  Place footer(FileEntry entry) {
    return new Place(entry.name(), entry.length() - 1);
  }

  /** Finds a byte behind a section of one byte, before the next frame: no version needs it. */
  Place padding(FileEntry index, long checkpoint) throws IOException {
    Place tick = section(index, checkpoint, "tick");
    return new Place(tick.file, tick.offset + 8);
  }
}

package dev.cairn.merge;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Progress;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.DeviceFrames;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.PagesWriter;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.StoredSection;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the frames of a snapshot that lie in files to be packed and are still needed, and copies
 * them: in the order of a {@link FrameMap}, or page by page where they become differences. Not
 * thread-safe.
 */
final class PackedFrames {
  private final ChainSnapshot snapshot;
  private final FrameMap moved;
  private final Optional<FrameCodec> codec;
  private final List<FileEntry> layers;
  private final @Nullable OpenFile[] files;
  private final NavigableMap<Long, StoredSection> sections = new TreeMap<>();

  /**
   * @param codec of the pages in the new file; empty: as they are. Else the map must be one of
   *     frames that may become others
   */
  PackedFrames(ChainSnapshot snapshot, FrameMap moved, Optional<FrameCodec> codec) {
    this.snapshot = snapshot;
    this.moved = moved;
    this.codec = codec;
    this.layers = drawing(snapshot, moved);
    this.files = new OpenFile[moved.files()];
  }

  /** Returns the layers that draw on files that are being packed. */
  static List<FileEntry> drawing(ChainSnapshot snapshot, FrameMap moved) {
    List<FileEntry> result = new ArrayList<>();
    for (FileEntry layer : snapshot.manifest().layers()) {
      for (DrawnFile file : snapshot.file(layer).files()) {
        if (moved.number(file.name().fileId()) >= 0) {
          result.add(layer);
          break;
        }
      }
    }
    return result;
  }

  @FunctionalInterface
  private interface Visitor {
    /**
     * @param number of its file
     * @param section if it is one, and no page
     */
    void frame(int number, long address, int crc, @Nullable StoredSection section)
        throws IOException;
  }

  /** Fills the map with the frames that one pack can take. */
  void find() throws IOException {
    int pageSize = snapshot.manifest().pageSize();
    visit(
        (number, address, _, section) ->
            moved.count(
                number,
                address,
                section == null ? Address.storedBytes(address, pageSize) : section.storedLength()));
    moved.cut();
    visit((number, address, _, _) -> moved.add(number, address));
    moved.sort();
    visit(this::check);
  }

  private void check(int number, long address, int crc, @Nullable StoredSection section)
      throws CorruptFileException {
    if (!moved.moves(number, address)) {
      return;
    }
    boolean sound = moved.check(number, address, crc);
    if (section != null) {
      sections.put(FrameMap.key(number, address), section);
    }
    if (!sound) {
      throw twoFrames(number, address);
    }
  }

  private CorruptFileException twoFrames(int number, long address) {
    return new CorruptFileException(
        file(number).name(),
        "frame",
        Address.offset(address),
        "one frame at this offset",
        "addresses of two; run: cairn verify");
  }

  private OpenFile file(int number) {
    return Objects.requireNonNull(files[number], "a frame of it was found");
  }

  /** Visits all frames of the packed files that the visibility rule keeps, and all sections. */
  private void visit(Visitor visitor) throws IOException {
    Visibility visibility = Visibility.of(snapshot);
    for (FileEntry layer : layers) {
      OpenFile index = snapshot.file(layer);
      int[] numbers = numbers(index);
      PageMerger.Sink sink =
          (key, region, version, from) -> {
            long address = region.address(version);
            int number = number(numbers, address);
            if (number >= 0) {
              open(index, number, address);
              visitor.frame(number, address, region.crc(version), null);
            }
          };
      new PageMerger(snapshot, List.of(layer), visibility, sink).run(Progress.NONE);
      visitSections(index, numbers, visitor);
    }
  }

  /** A section that points share from one to the next is visited once. */
  private void visitSections(OpenFile index, int[] numbers, Visitor visitor) throws IOException {
    List<StoredSection> previous = List.of();
    for (Point point : index.points()) {
      if (!snapshot.isHome(index, point.checkpoint())) {
        continue;
      }
      for (StoredSection section : point.sections()) {
        int number = numbers[Address.ordinal(section.address())];
        if (number >= 0 && !previous.contains(section)) {
          open(index, number, section.address());
          visitor.frame(number, section.address(), section.crc(), section);
        }
      }
      previous = point.sections();
    }
  }

  private void open(OpenFile index, int number, long address) throws CorruptFileException {
    if (files[number] == null) {
      files[number] = snapshot.drawn(index, Address.ordinal(address));
    }
  }

  /** Copies all frames that were found, each one checked. */
  void copy(PagesWriter writer, Progress progress) throws IOException {
    Counter bytes = new Counter(progress);
    if (codec.equals(Optional.of(FrameCodec.ZSTD_DIFFERENCE))) {
      copyPages(writer, bytes);
    }
    copyInOrder(writer, bytes);
    progress.at(moved.bytes(), moved.bytes());
  }

  /** Counts bytes of frames; one of two addresses was counted twice, and is copied once. */
  private final class Counter {
    private final Progress progress;
    private long done;

    Counter(Progress progress) {
      this.progress = progress;
    }

    void add(long bytes) {
      done += bytes;
      progress.at(Math.min(done, moved.bytes()), moved.bytes());
    }
  }

  /** Copies the pages, versions of one page side by side; sections are left. */
  private void copyPages(PagesWriter writer, Counter bytes) throws IOException {
    int pageSize = snapshot.manifest().pageSize();
    Map<OpenFile, int[]> numbers = new HashMap<>();
    for (FileEntry layer : layers) {
      numbers.put(snapshot.file(layer), numbers(snapshot.file(layer)));
    }
    try (PackedDifferences packed = new PackedDifferences(moved, writer, pageSize)) {
      PageMerger.Sink sink =
          (key, region, version, from) -> {
            long address = region.address(version);
            int number = number(Objects.requireNonNull(numbers.get(from)), address);
            if (number >= 0 && moved.moves(number, address)) {
              packed.add(key, file(number), number, address, region.crc(version));
              bytes.add(Address.storedBytes(address, pageSize));
            }
          };
      PageMerger.apart(snapshot, layers, Visibility.of(snapshot), sink).run(Progress.NONE);
    }
  }

  /** Returns the number of the file that a page's frame lies in; -1 if it stays. */
  private static int number(int[] numbers, long address) {
    return address == Address.ZERO ? -1 : numbers[Address.ordinal(address)];
  }

  private int[] numbers(OpenFile index) {
    return index.files().stream().mapToInt(file -> moved.number(file.name().fileId())).toArray();
  }

  /** Copies what is not copied yet, in the order of the map: all, or sections alone. */
  private void copyInOrder(PagesWriter writer, Counter bytes) throws IOException {
    long previous = -1;
    Iterator<Map.Entry<Long, StoredSection>> left = sections.entrySet().iterator();
    Map.@Nullable Entry<Long, StoredSection> section = left.hasNext() ? left.next() : null;
    try (PackedWhole whole = new PackedWhole(writer, snapshot.manifest().pageSize(), codec)) {
      for (FrameMap.Walk walk = moved.walk(); walk.next(); ) {
        OpenFile file = file(walk.number());
        if (walk.place() == previous) {
          throw twoFrames(walk.number(), walk.address());
        }
        previous = walk.place();
        if (section != null && section.getKey() == walk.key()) {
          MemorySegment stored = DeviceFrames.readStored(file, section.getValue());
          long offset = writer.add(Address.kind(walk.address()), stored);
          walk.put(Address.at(walk.address(), offset));
          bytes.add(stored.byteSize());
          section = left.hasNext() ? left.next() : null;
        } else if (!walk.isCopied()) {
          walk.put(whole.add(file, walk.address(), walk.crc()));
          bytes.add(Address.storedBytes(walk.address(), snapshot.manifest().pageSize()));
        }
      }
    }
  }
}

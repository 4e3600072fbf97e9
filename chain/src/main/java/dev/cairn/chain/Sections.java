package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.CheckpointWriter;
import dev.cairn.store.file.DeviceFrames;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.FileKind;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.StoredSection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The device state of a new checkpoint: a section equal to the tip's is addressed where that lies,
 * the others are written. Only such of the tip's as have the same name, version, length and
 * checksum are read, and compared byte by byte. Only sections in layers and page files are shared:
 * a base image must be able to go.
 *
 * @param stored the sections of the new point
 * @param drawn the files of ordinals 1, 2 … that shared sections lie in
 */
record Sections(List<StoredSection> stored, List<DrawnFile> drawn) {

  static Sections write(ChainSnapshot snapshot, CheckpointWriter writer, DeviceState state)
      throws IOException {
    Optional<Point> tip = Checkpointer.tip(snapshot);
    List<StoredSection> stored = new ArrayList<>();
    Map<Long, DrawnFile> drawn = new LinkedHashMap<>();
    for (DeviceSection section : state.sections()) {
      StoredSection old = tip.map(point -> like(point, section)).orElse(null);
      OpenFile lies = old == null ? null : owner(snapshot, snapshot.home(tip.orElseThrow()), old);
      if (old == null || lies == null || !DeviceFrames.read(lies, old).equals(section)) {
        stored.add(writer.addSection(section));
      } else {
        stored.add(old.at(Address.withOrdinal(old.address(), draw(drawn, lies, old))));
      }
    }
    return new Sections(stored, List.copyOf(drawn.values()));
  }

  /** Returns the point's section that may be equal, by what is known of it without its bytes. */
  private static @Nullable StoredSection like(Point point, DeviceSection section) {
    int crc = section.crc();
    return point.sections().stream()
        .filter(s -> s.name().equals(section.name()) && s.version() == section.version())
        .filter(s -> s.length() == section.length() && s.crc() == crc)
        .findFirst()
        .orElse(null);
  }

  private static @Nullable OpenFile owner(
      ChainSnapshot snapshot, OpenFile home, StoredSection section) {
    int ordinal = Address.ordinal(section.address());
    long id = home.files().get(ordinal).name().fileId();
    OpenFile file = snapshot.file(id).orElse(null);
    boolean base = file == null || file.header().name().kind() == FileKind.BASE;
    return base || snapshot.manifest().file(id).map(FileEntry::role).isEmpty() ? null : file;
  }

  private static int draw(Map<Long, DrawnFile> drawn, OpenFile file, StoredSection section) {
    long id = file.header().name().fileId();
    DrawnFile before = drawn.getOrDefault(id, new DrawnFile(file.header().name(), 0, 0));
    long bytes = before.drawnBytes() + (section.storedLength() + 63 & -64);
    drawn.put(id, new DrawnFile(before.name(), bytes, before.drawnFrames() + 1));
    return new ArrayList<>(drawn.keySet()).indexOf(id) + 1;
  }
}

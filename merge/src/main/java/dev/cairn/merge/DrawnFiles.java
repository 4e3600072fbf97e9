package dev.cairn.merge;

import dev.cairn.store.file.Address;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.StoredSection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The file table of an index that is being written: gives each file that it draws on an ordinal,
 * and counts what it draws. Not thread-safe.
 */
final class DrawnFiles {
  private static final class Drawn {
    final FileName name;
    long bytes;
    long frames;

    Drawn(FileName name) {
      this.name = name;
    }
  }

  private final List<Drawn> files = new ArrayList<>();
  private final Map<Long, Integer> ordinals = new HashMap<>();

  /**
   * Takes over a page's address from another index.
   *
   * @param from the index that has the address
   * @return the same frame's address by the ordinals of this table
   */
  long take(OpenFile from, long address) {
    return take(from, address, Address.storedBytes(address, from.header().pageSize()));
  }

  /** Takes over a device-state section from the index that lists it. */
  StoredSection take(OpenFile from, StoredSection section) {
    long bytes = (section.storedLength() + Address.STEP - 1) / Address.STEP * Address.STEP;
    return section.at(take(from, section.address(), bytes));
  }

  private long take(OpenFile from, long address, long bytes) {
    if (address == Address.ZERO) {
      return address;
    }
    FileName name = from.files().get(Address.ordinal(address)).name();
    int ordinal =
        ordinals.computeIfAbsent(
            name.fileId(),
            id -> {
              files.add(new Drawn(name));
              return files.size();
            });
    Drawn drawn = files.get(ordinal - 1);
    drawn.frames++;
    drawn.bytes += bytes;
    return Address.withOrdinal(address, ordinal);
  }

  /** Returns the table from ordinal 1 on. */
  List<DrawnFile> table() {
    return files.stream()
        .map(drawn -> new DrawnFile(drawn.name, drawn.bytes, drawn.frames))
        .toList();
  }

  /** Returns the names of all files drawn upon. */
  List<FileName> names() {
    return files.stream().map(drawn -> drawn.name).toList();
  }
}

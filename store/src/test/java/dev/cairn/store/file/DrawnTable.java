package dev.cairn.store.file;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Puts a file table together for a test: ordinals, and what is drawn. Not thread-safe. */
final class DrawnTable {
  private final List<FileName> names = new ArrayList<>();
  private final List<Set<Long>> offsets = new ArrayList<>();
  private final List<Long> bytes = new ArrayList<>();

  /** Returns the address of a page frame of another file, as this table names it. */
  long take(OpenFile from, long address) {
    return take(from.header().name(), address, from.header().pageSize());
  }

  /** As {@link #take(OpenFile, long)}, of a file of another name. */
  long take(FileName from, long address, int pageSize) {
    if (Address.kind(address) == Address.ZERO) {
      return address;
    }
    long stored = Address.storedBytes(address, pageSize);
    return Address.withOrdinal(address, draw(from, address, stored));
  }

  /** Returns the section of another file, as this table names it. */
  StoredSection take(FileName from, StoredSection section) {
    long stored = Bytes.alignUp(section.storedLength(), Address.STEP);
    int ordinal = draw(from, section.address(), stored);
    return section.at(Address.withOrdinal(section.address(), ordinal));
  }

  private int draw(FileName from, long address, long stored) {
    if (!names.contains(from)) {
      names.add(from);
      offsets.add(new HashSet<>());
      bytes.add(0L);
    }
    int i = names.indexOf(from);
    if (offsets.get(i).add(Address.offset(address))) {
      bytes.set(i, bytes.get(i) + stored);
    }
    return i + 1;
  }

  /** Returns the entries of ordinals 1, 2 … */
  List<DrawnFile> entries() {
    List<DrawnFile> entries = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      entries.add(new DrawnFile(names.get(i), bytes.get(i), offsets.get(i).size()));
    }
    return entries;
  }
}

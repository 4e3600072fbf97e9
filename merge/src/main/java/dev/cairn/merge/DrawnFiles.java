package dev.cairn.merge;

import dev.cairn.store.BusyException;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.StoredSection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file table of an index that is being written: gives each file that it draws on an ordinal,
 * and counts what it draws. Frames that were packed are named where they lie now. Not thread-safe.
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

  private final Optional<FrameMap> moved;
  private final List<Drawn> files = new ArrayList<>();
  private final Map<Long, Integer> ordinals = new HashMap<>();

  /** Of each index by its own ordinals: the ordinal here, 0 before it is asked for. */
  private final Map<OpenFile, int[]> known = new HashMap<>();

  private @Nullable OpenFile last;
  private int[] lastKnown = {};

  /** Addresses of sections that were counted. */
  private final Set<Long> sections = new HashSet<>();

  /**
   * @param moved frames that lie elsewhere now
   */
  DrawnFiles(Optional<FrameMap> moved) {
    this.moved = moved;
  }

  /**
   * Takes over a page's address from another index.
   *
   * @param from the index that has the address
   * @return the same frame's address by the ordinals of this table
   * @throws BusyException if the frame was to be packed, but was not copied
   */
  long take(OpenFile from, long address) throws BusyException {
    if (address == Address.ZERO) {
      return address;
    }
    long result = move(from, address);
    count(result, Address.storedBytes(address, from.header().pageSize()));
    return result;
  }

  /** Takes over a device-state section from an index that lists it; points may share it. */
  StoredSection take(OpenFile from, StoredSection section) throws BusyException {
    long result = move(from, section.address());
    if (sections.add(result)) {
      count(result, (section.storedLength() + Address.STEP - 1) / Address.STEP * Address.STEP);
    }
    return section.at(result);
  }

  private void count(long address, long bytes) {
    Drawn drawn = files.get(Address.ordinal(address) - 1);
    drawn.frames++;
    drawn.bytes += bytes;
  }

  private long move(OpenFile from, long address) throws BusyException {
    int own = Address.ordinal(address);
    if (moved.isPresent()) {
      FileName name = from.files().get(own).name();
      int number = moved.get().number(name.fileId());
      if (number >= 0 && moved.get().moves(number, address)) {
        long result = moved.get().moved(number, address);
        if (result == Address.ZERO) {
          throw new BusyException(name + " was drawn upon anew while it was packed; pack again");
        }
        return Address.withOrdinal(result, ordinal(moved.get().target().name()));
      }
    }
    int[] known = known(from);
    if (known[own] == 0) {
      known[own] = ordinal(from.files().get(own).name());
    }
    return Address.withOrdinal(address, known[own]);
  }

  private int[] known(OpenFile from) {
    if (from != last) {
      last = from;
      lastKnown = known.computeIfAbsent(from, index -> new int[index.files().size()]);
    }
    return lastKnown;
  }

  private int ordinal(FileName name) {
    Integer before = ordinals.get(name.fileId());
    if (before != null) {
      return before;
    }
    files.add(new Drawn(name));
    ordinals.put(name.fileId(), files.size());
    return files.size();
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

package dev.cairn.merge;

import dev.cairn.store.file.Address;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.OpenFile;
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
    double bytes;
    long frames;

    Drawn(FileName name) {
      this.name = name;
    }
  }

  private final List<Drawn> files = new ArrayList<>();
  private final Map<Long, Integer> ordinals = new HashMap<>();

  /**
   * Takes over an address of another index. A frame's length is the mean of what that index draws
   * from the same file: exact where frames are plain.
   *
   * @param from the index that has the address
   * @return the same frame's address by the ordinals of this table
   */
  long take(OpenFile from, long address) {
    if (address == Address.ZERO) {
      return address;
    }
    DrawnFile source = from.files().get(Address.ordinal(address));
    int ordinal =
        ordinals.computeIfAbsent(
            source.name().fileId(),
            id -> {
              files.add(new Drawn(source.name()));
              return files.size();
            });
    Drawn drawn = files.get(ordinal - 1);
    drawn.frames++;
    drawn.bytes += (double) source.drawnBytes() / Math.max(1, source.drawnFrames());
    return Address.withOrdinal(address, ordinal);
  }

  /** Returns the table from ordinal 1 on. */
  List<DrawnFile> table() {
    return files.stream()
        .map(drawn -> new DrawnFile(drawn.name, Math.round(drawn.bytes), drawn.frames))
        .toList();
  }

  /** Returns the names of all files drawn upon. */
  List<FileName> names() {
    return files.stream().map(drawn -> drawn.name).toList();
  }
}

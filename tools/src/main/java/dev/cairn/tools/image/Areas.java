package dev.cairn.tools.image;

import dev.cairn.store.BadInputException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which bytes of a file its parts lay claim to: none belongs to two, so that a short file cannot
 * stand for a large machine, nor be read over and over. They may come in any order. Not
 * thread-safe.
 */
final class Areas {
  private record Area(String what, long to) {}

  private final ImageFile file;
  private final TreeMap<Long, Area> areas = new TreeMap<>();

  Areas(ImageFile file) {
    this.file = file;
  }

  /**
   * Notes a part; {@code to} is the offset behind it.
   *
   * @throws BadInputException if some of its bytes are another part's
   */
  void claim(String what, long from, long to) throws BadInputException {
    Map.Entry<Long, Area> before = areas.floorEntry(from);
    if (before != null && before.getValue().to > from) {
      throw overlap(what, from, before.getValue());
    }
    Map.Entry<Long, Area> behind = areas.higherEntry(from);
    Area area = new Area(what, to);
    if (behind != null && behind.getKey() < to) {
      throw overlap(behind.getValue().what, behind.getKey(), area);
    }
    areas.put(from, area);
  }

  private BadInputException overlap(String what, long from, Area before) {
    return file.bad(
        what, from, "bytes of its own", "some of " + before.what + ", which ends at " + before.to);
  }
}

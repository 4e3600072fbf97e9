package dev.cairn.tools.image;

import dev.cairn.store.BadInputException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which bytes of a file its parts lay claim to: none belongs to two, so that a short file cannot
 * stand for a large machine. Not thread-safe.
 */
final class Areas {
  private record Area(String what, long from, long to) {}

  private final List<Area> areas = new ArrayList<>();

  /** Notes a part; {@code to} is the offset behind it. */
  void add(String what, long from, long to) {
    areas.add(new Area(what, from, to));
  }

  /**
   * Checks that no two overlap.
   *
   * @throws BadInputException if some do
   */
  void check(ImageFile file) throws BadInputException {
    areas.sort(Comparator.comparingLong(Area::from));
    for (int i = 1; i < areas.size(); i++) {
      Area before = areas.get(i - 1);
      Area area = areas.get(i);
      if (before.to > area.from) {
        throw file.bad(
            area.what,
            area.from,
            "bytes of its own",
            "some of " + before.what + ", which ends at " + before.to);
      }
    }
  }
}

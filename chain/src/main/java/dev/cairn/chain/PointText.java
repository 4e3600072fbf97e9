package dev.cairn.chain;

import dev.cairn.chain.ChainSnapshot.RestorePoint;
import dev.cairn.store.NoSuchPointException;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;

/**
 * How a person names a point of a chain, behind the {@code @}: a number, {@code latest}, a label
 * (the newest point that has it), or a time (the newest point at or before it). Stateless.
 */
public final class PointText {
  private PointText() {}

  /**
   * Finds a point.
   *
   * @throws NoSuchPointException if it is not retained; says where to look
   */
  public static RestorePoint find(ChainSnapshot snapshot, String text) throws IOException {
    List<RestorePoint> points = snapshot.restorePoints();
    if (points.isEmpty()) {
      throw new NoSuchPointException(
          "chain " + snapshot.chain() + " has no restore points yet; see: cairn help checkpoint");
    }
    if (text.equals("latest")) {
      return points.getLast();
    }
    if (text.matches("[0-9]{1,18}")) {
      return snapshot.describe(snapshot.point(Long.parseLong(text)));
    }
    for (RestorePoint point : points.reversed()) {
      if (point.label().equals(text)) {
        return point;
      }
    }
    return atTime(snapshot.chain(), points, text);
  }

  private static RestorePoint atTime(String chain, List<RestorePoint> points, String text)
      throws NoSuchPointException {
    try {
      Instant time = Instant.parse(text);
      for (RestorePoint point : points.reversed()) {
        if (!point.point().time().isAfter(time)) {
          return point;
        }
      }
      throw new NoSuchPointException(
          "chain "
              + chain
              + " has no restore point at or before "
              + text
              + "; see: cairn list "
              + chain);
    } catch (DateTimeParseException e) {
      throw new NoSuchPointException(
          "chain "
              + chain
              + " has no restore point labelled '"
              + text
              + "'; see: cairn list "
              + chain);
    }
  }
}

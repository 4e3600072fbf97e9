package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.ChainSnapshot.RestorePoint;
import dev.cairn.store.NoSuchPointException;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;

/**
 * A restore point as a person names it: {@code CHAIN@N}, {@code CHAIN@latest}, {@code CHAIN},
 * {@code CHAIN@LABEL} or {@code CHAIN@TIME}. Immutable.
 *
 * @param chain name of the chain
 * @param which what stands behind the at sign; {@code latest} if there is none
 */
record PointName(String chain, String which) {
  static PointName parse(String text) {
    int at = text.indexOf('@');
    if (at == 0 || at == text.length() - 1) {
      throw new UsageException(
          "point '" + text + "': expected CHAIN@N, CHAIN@latest, CHAIN@LABEL or CHAIN@TIME");
    }
    return at < 0
        ? new PointName(text, "latest")
        : new PointName(text.substring(0, at), text.substring(at + 1));
  }

  /** Finds the point's number in the chain as it is now. */
  long number(Chain open) throws IOException {
    try (ChainSnapshot snapshot = open.snapshot()) {
      return find(snapshot).checkpoint();
    }
  }

  /** Finds the point: a number, then a label (the newest that has it), then a time. */
  RestorePoint find(ChainSnapshot snapshot) throws IOException {
    List<RestorePoint> points = snapshot.restorePoints();
    if (points.isEmpty()) {
      throw new NoSuchPointException(
          "chain " + chain + " has no restore points yet; see: cairn help checkpoint");
    }
    if (which.equals("latest")) {
      return points.getLast();
    }
    if (which.matches("[0-9]{1,18}")) {
      return snapshot.describe(snapshot.point(Long.parseLong(which)));
    }
    for (RestorePoint point : points.reversed()) {
      if (point.label().equals(which)) {
        return point;
      }
    }
    return atTime(points);
  }

  private RestorePoint atTime(List<RestorePoint> points) throws NoSuchPointException {
    try {
      Instant time = Instant.parse(which);
      for (RestorePoint point : points.reversed()) {
        if (!point.point().time().isAfter(time)) {
          return point;
        }
      }
      throw new NoSuchPointException(
          "chain "
              + chain
              + " has no restore point at or before "
              + which
              + "; see: cairn list "
              + chain);
    } catch (DateTimeParseException e) {
      throw new NoSuchPointException(
          "chain "
              + chain
              + " has no restore point labelled '"
              + which
              + "'; see: cairn list "
              + chain);
    }
  }
}

package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Edit;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.chain.retention.KeepReason;
import dev.cairn.chain.retention.RetentionPlan;
import dev.cairn.chain.retention.RetentionPoint;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which points stay and which go: what is reported is what is committed, whatever becomes of the
 * chain meanwhile. Immutable.
 *
 * @param kept by number, with the reasons in words
 * @param forgotten by number
 * @param expiredHolds tokens of holds that end
 */
record ForgetPlan(Map<Long, String> kept, List<Long> forgotten, List<String> expiredHolds) {
  /** A plan that keeps all points. */
  static ForgetPlan ofHolds(List<String> expiredHolds) {
    return new ForgetPlan(Map.of(), List.of(), expiredHolds);
  }

  static ForgetPlan of(RetentionPlan plan, List<String> expiredHolds) {
    Map<Long, String> kept = new TreeMap<>();
    for (RetentionPlan.Kept point : plan.kept()) {
      List<String> words = point.reasons().stream().map(KeepReason::word).toList();
      kept.put(point.point().checkpoint(), String.join(", ", words));
    }
    List<Long> forgotten = plan.forgotten().stream().map(RetentionPoint::checkpoint).toList();
    return new ForgetPlan(kept, forgotten, expiredHolds);
  }

  /** Lets exactly these points and holds go, and says what came of it. */
  ForgetPlan commit(Chain chain) throws IOException {
    List<Edit> edits = new ArrayList<>();
    expiredHolds.forEach(token -> edits.add(new Edit.ReleaseHold(token)));
    if (!forgotten.isEmpty()) {
      edits.add(new Edit.Forget(set(forgotten)));
    }
    return edits.isEmpty() ? this : after(chain.commit(edits, List.of()));
  }

  /** What somebody pinned or holds since the plan was made has stayed. */
  private ForgetPlan after(Manifest manifest) {
    PointSet gone = manifest.marks().forgotten();
    Map<Long, String> stayed = new TreeMap<>(kept);
    for (long point : forgotten) {
      if (!gone.contains(point)) {
        boolean pinned = manifest.marks().pins().contains(point);
        stayed.put(point, (pinned ? KeepReason.PINNED : KeepReason.HELD).word());
      }
    }
    return new ForgetPlan(stayed, forgotten.stream().filter(gone::contains).toList(), expiredHolds);
  }

  private static PointSet set(List<Long> numbers) {
    return PointSet.EMPTY.union(numbers.stream().map(n -> new PointSet.Range(n, n)).toList());
  }

  /** Returns the rows for people. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    expiredHolds.forEach(token -> lines.add("expire            " + token));
    kept.forEach((point, why) -> lines.add("keep   %10d  %s".formatted(point, why)));
    forgotten.forEach(point -> lines.add("forget %10d".formatted(point)));
    return lines;
  }
}

package dev.cairn.chain;

import dev.cairn.chain.ManifestEditor.Opener;
import dev.cairn.chain.manifest.Hold;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.ManifestRules;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.chain.retention.RetentionPoint;
import dev.cairn.chain.retention.RetentionPolicy;
import dev.cairn.store.BadInputException;
import dev.cairn.store.BusyException;
import dev.cairn.store.NoSuchPointException;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Edits what was said of points: forgotten, labels, pins, holds. Not thread-safe. */
final class MarkEditor {
  private final Manifest m;
  private final Manifest.Marks marks;
  private final Opener opener;

  /**
   * @param manifest as the edits before have left it
   * @param opener opens the files of the manifest that is being edited
   */
  MarkEditor(Manifest manifest, Opener opener) {
    this.m = manifest;
    this.marks = manifest.marks();
    this.opener = opener;
  }

  Manifest forget(PointSet asked) {
    if (m.tip().isEmpty()) {
      return m;
    }
    PointSet points = asked.without(m.tip().get().number(), Long.MAX_VALUE);
    for (long pin : marks.pins()) {
      points = points.without(pin, pin);
    }
    for (Hold hold : marks.holds()) {
      points = points.without(hold.point(), hold.point());
    }
    SortedMap<Long, String> labels = new TreeMap<>(marks.labels());
    labels.keySet().removeIf(points::contains);
    return m.withMarks(
        new Manifest.Marks(
            marks.forgotten().union(points.ranges()),
            labels,
            marks.pins(),
            marks.holds(),
            marks.dropped()));
  }

  Manifest retain(RetentionPolicy policy) throws IOException {
    List<PointSet.Range> gone = new ArrayList<>();
    try (ChainSnapshot snapshot = opener.open()) {
      for (RetentionPoint point : policy.plan(snapshot.retentionPoints()).forgotten()) {
        gone.add(new PointSet.Range(point.checkpoint(), point.checkpoint()));
      }
    }
    return forget(PointSet.EMPTY.union(gone));
  }

  private void requireRetained(long point) throws IOException {
    try (ChainSnapshot snapshot = opener.open()) {
      snapshot.point(point); // throws if the files do not list it
      if (marks.forgotten().contains(point)) {
        throw new NoSuchPointException("restore point " + point + " is not retained");
      }
    }
  }

  Manifest label(long point, String label) throws IOException {
    requireRetained(point);
    Optional<String> wrong = ManifestRules.wrongLabel(label);
    if (wrong.isPresent()) {
      throw new BadInputException("label of point " + point + ": expected that " + wrong.get());
    }
    SortedMap<Long, String> labels = new TreeMap<>(marks.labels());
    labels.put(point, label);
    return m.withMarks(
        new Manifest.Marks(
            marks.forgotten(), labels, marks.pins(), marks.holds(), marks.dropped()));
  }

  /** A pin can always be taken away, be its point lost. */
  Manifest pin(long point, boolean pinned) throws IOException {
    if (pinned || !marks.pins().contains(point)) {
      requireRetained(point);
    }
    SortedSet<Long> pins = new TreeSet<>(marks.pins());
    if (pinned) {
      pins.add(point);
    } else {
      pins.remove(point);
    }
    return m.withMarks(
        new Manifest.Marks(
            marks.forgotten(), marks.labels(), pins, marks.holds(), marks.dropped()));
  }

  /**
   * @param generation that is being made: the hold keeps what that one names
   */
  Manifest take(Edit.TakeHold edit, long generation, Instant now) throws IOException {
    requireRetained(edit.point());
    List<Hold> holds = new ArrayList<>(marks.holds());
    if (holds.stream().anyMatch(h -> h.token().equals(edit.token()))) {
      throw new BusyException(
          "a hold named " + edit.token() + " is there already; take another token");
    }
    Instant time = now.truncatedTo(ChronoUnit.SECONDS);
    Hold hold = new Hold(edit.token(), generation, edit.point(), time, edit.owner());
    Optional<String> wrong = ManifestRules.wrongHold(hold);
    if (wrong.isPresent()) {
      throw new BadInputException(
          "hold on point " + edit.point() + ": expected that " + wrong.get());
    }
    holds.add(hold);
    return withHolds(holds);
  }

  /** What a hold keeps stays what it was. */
  Manifest touch(String token, Instant now) throws NoSuchPointException {
    List<Hold> holds = new ArrayList<>(marks.holds());
    Instant time = now.truncatedTo(ChronoUnit.SECONDS);
    requireHold(token);
    holds.replaceAll(
        h ->
            h.token().equals(token)
                ? new Hold(token, h.generation(), h.point(), time, h.owner())
                : h);
    return withHolds(holds);
  }

  private void requireHold(String token) throws NoSuchPointException {
    if (marks.holds().stream().noneMatch(h -> h.token().equals(token))) {
      throw new NoSuchPointException("there is no hold " + token);
    }
  }

  Manifest release(String token) throws NoSuchPointException {
    List<Hold> holds = new ArrayList<>(marks.holds());
    requireHold(token);
    holds.removeIf(h -> h.token().equals(token));
    return withHolds(holds);
  }

  private Manifest withHolds(List<Hold> holds) {
    return m.withMarks(
        new Manifest.Marks(
            marks.forgotten(), marks.labels(), marks.pins(), holds, marks.dropped()));
  }
}

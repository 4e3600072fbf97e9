package dev.cairn.tools.report;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.ChainSnapshot.RestorePoint;
import dev.cairn.chain.ChainStats;
import dev.cairn.chain.Progress;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.StoredSection;
import dev.cairn.tools.capture.CaptureFigures;
import dev.cairn.tools.disk.DiskNames;
import dev.cairn.tools.picture.By;
import dev.cairn.tools.picture.Shades;
import dev.cairn.tools.picture.WriteMap;
import dev.cairn.tools.picture.WriteMapReader;
import dev.cairn.tools.report.ReportData.DiskPair;
import dev.cairn.tools.report.ReportData.Moment;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/**
 * Reads what a report says: manifest, indexes, points, and of some points the two small sections
 * that tell of pause and disks; no page. Not thread-safe.
 */
public final class ReportReader {
  private static final int MOMENTS = 240;
  private static final int ROWS = 160;
  private static final int MOST_MARKED = 40;
  private static final int NEWEST = 12;
  private static final int MOST_DISKS = 12;

  /** Points of which sections are read; a chain may have a hundred thousand. */
  private static final int MOST_READ = 2_000;

  private final ChainSnapshot snapshot;
  private final List<String> findings = new ArrayList<>();

  private ReportReader(ChainSnapshot snapshot) {
    this.snapshot = snapshot;
  }

  /**
   * Makes the page of a chain.
   *
   * @param checked what was verified besides, in words; empty for nothing
   * @param findings what that found, in words
   * @param progress is told of bytes of indexes
   */
  public static Report read(
      ChainSnapshot snapshot, Instant now, String checked, List<String> findings, Progress progress)
      throws IOException {
    ReportReader reader = new ReportReader(snapshot);
    reader.findings.addAll(findings);
    ReportData data = reader.run(now, checked, progress);
    return new Report(ReportPage.of(data), data.findings().size());
  }

  /**
   * A page, ready to be written. Immutable.
   *
   * @param html the page
   * @param findings how many it tells of
   */
  public record Report(String html, int findings) {}

  private ReportData run(Instant now, String checked, Progress progress) throws IOException {
    WriteMap map = WriteMapReader.read(snapshot, ROWS, MOMENTS, progress);
    for (CorruptFileException damage : snapshot.unreadable()) {
      findings.add(String.valueOf(damage.getMessage()));
    }
    Collection<Point> points = snapshot.points().values();
    List<Moment> moments = moments(map, new ArrayList<>(points));
    List<RestorePoint> all = snapshot.restorePoints().reversed();
    List<Point> paired =
        points.stream().filter(p -> section(p, DiskNames.SECTION).isPresent()).toList();
    String indexes =
        "Manifest and points were read, and every region of every index with its checksum";
    return new ReportData(
        snapshot.chain(),
        now,
        snapshot.manifest().generation(),
        ChainStats.of(snapshot),
        moments,
        all.stream()
            .filter(p -> !p.label().isEmpty() || p.pinned() || p.held())
            .limit(MOST_MARKED)
            .toList(),
        all.stream().limit(NEWEST).toList(),
        Stack.of(snapshot),
        disks(paired),
        paired.size(),
        checked.isEmpty() ? indexes + "; no page data" : indexes + "; " + checked,
        List.copyOf(findings),
        Shades.of(map, By.OFTEN));
  }

  private static Optional<StoredSection> section(Point point, String name) {
    return point.sections().stream().filter(s -> s.name().equals(name)).findFirst();
  }

  private List<Moment> moments(WriteMap map, List<Point> points) {
    int each = (points.size() + MOST_READ - 1) / MOST_READ;
    List<Moment> moments = new ArrayList<>();
    int next = 0;
    for (WriteMap.Column column : map.columns()) {
      long bytes = 0;
      long pages = 0;
      double pause = -1;
      long dirtyPages = 0;
      double seconds = 0;
      Optional<CaptureFigures> newest = Optional.empty();
      Optional<CaptureFigures> measured = Optional.empty();
      for (int i = next; i < next + column.points(); i++) {
        Point point = points.get(i);
        bytes += point.written().bytes();
        pages += point.written().pages();
        if (i > 0 && points.get(i - 1).checkpoint() == point.checkpoint() - 1) {
          dirtyPages += point.written().pages();
          seconds += Duration.between(points.get(i - 1).time(), point.time()).toNanos() / 1e9;
        }
        if (i % each == 0 || i == points.size() - 1) {
          Optional<CaptureFigures> figures = figures(point);
          newest = figures.isPresent() ? figures : newest;
          measured = figures.filter(f -> f.storedBytes() != null).or(keep(measured));
          pause = Math.max(pause, figures.map(f -> f.pauseMicros() / 1000.0).orElse(-1.0));
        }
      }
      next += column.points();
      moments.add(
          new Moment(
              column.first(),
              column.last(),
              column.from(),
              column.to(),
              column.points(),
              bytes,
              pages,
              pause < 0 ? OptionalDouble.empty() : OptionalDouble.of(pause),
              seconds <= 0
                  ? OptionalDouble.empty()
                  : OptionalDouble.of(dirtyPages * (double) map.pageSize() / seconds),
              optional(newest.flatMap(CaptureFigures::writeAmplification)),
              optional(measured.flatMap(CaptureFigures::spaceAmplification))));
    }
    return moments;
  }

  private static Supplier<Optional<CaptureFigures>> keep(Optional<CaptureFigures> before) {
    return () -> before;
  }

  private static OptionalDouble optional(Optional<Double> value) {
    return value.map(OptionalDouble::of).orElseGet(OptionalDouble::empty);
  }

  private Optional<CaptureFigures> figures(Point point) {
    Optional<StoredSection> section = section(point, CaptureFigures.SECTION);
    return section.flatMap(
        stored ->
            content(point, stored).flatMap(bytes -> CaptureFigures.parse(stored.version(), bytes)));
  }

  /** A section that cannot be read is told of, and the report goes on. */
  private Optional<byte[]> content(Point point, StoredSection stored) {
    try {
      return Optional.of(snapshot.view(point.checkpoint()).section(stored));
    } catch (IOException e) {
      findings.add("@" + point.checkpoint() + ", section " + stored.name() + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  private List<DiskPair> disks(List<Point> paired) throws IOException {
    List<DiskPair> disks = new ArrayList<>();
    for (Point point : paired.reversed().stream().limit(MOST_DISKS).toList()) {
      StoredSection stored = section(point, DiskNames.SECTION).orElseThrow();
      Optional<byte[]> content = content(point, stored);
      if (content.isPresent()) {
        DeviceSection section =
            new DeviceSection(DiskNames.SECTION, stored.version(), content.get());
        DiskNames.of(new DeviceState(List.of(section)))
            .ifPresent(names -> disks.add(new DiskPair(point.checkpoint(), point.time(), names)));
      }
    }
    return disks;
  }
}

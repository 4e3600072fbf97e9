package dev.cairn.tests.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Finding;
import dev.cairn.chain.PointView;
import dev.cairn.chain.Store;
import dev.cairn.chain.Verifier;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.tests.Settings;
import dev.cairn.tests.crash.CaptureRecording.Kept;
import dev.cairn.tests.kill.LeftOver;
import dev.cairn.tools.capture.CaptureFigures;
import dev.cairn.tools.capture.ScriptedCapture;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power goes at every moment of a capture: what was told of is there, and the next one goes on.
 */
class CaptureCrashTest {
  private static final int SAMPLES = 20;
  private static final int PAGE = 4096;

  private final Path directory;
  private final CaptureRecording recording;

  CaptureCrashTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    this.recording = CaptureRecording.record(directory);
  }

  @Test
  void nothingThatACaptureToldOfIsLostInAnyState() {
    List<DiskEvent> events = recording.events();
    CrashStates states = new CrashStates("capture", events, this::check, Settings.seed());
    assertEquals(Optional.empty(), states.run(SAMPLES * Settings.soak()));
    System.out.printf(
        "crash states: %d distinct of a capture with %d events, %d acknowledged states%n",
        states.count(), events.size(), recording.models().size());
  }

  /** Each point that was recorded is one that the script says, and only so many are left. */
  @Test
  void theCaptureIsWhatTheScriptSays() throws IOException {
    assertEquals(2 * 7 + 1, recording.models().size(), "seven points, one dropped");
    assertEquals(List.of(5L, 6L), List.copyOf(recording.models().getLast().keySet()));
    long merges =
        recording.events().stream()
            .filter(event -> event instanceof DiskEvent.Rename rename && isMerged(rename.to()))
            .count();
    assertTrue(merges > 0, "something is merged beside it");
  }

  private static boolean isMerged(String name) {
    return name.matches("[0-9]+-[0-9]+.*") || name.endsWith(".base");
  }

  @Test
  void withoutSyncsPointsAreLost() {
    assertTrue(isLost(event -> event instanceof DiskEvent.SyncFile), "of files");
    assertTrue(isLost(event -> event instanceof DiskEvent.SyncDirectory), "of directories");
  }

  private boolean isLost(Predicate<DiskEvent> left) {
    List<DiskEvent> events = new ArrayList<>(recording.events());
    events.removeIf(left);
    return new CrashStates("broken", events, this::check, 5).run(SAMPLES).isPresent();
  }

  private void check(MemoryDirectory disk, int acknowledged, boolean thoroughly)
      throws IOException {
    List<NavigableMap<Long, Kept>> models = recording.models();
    List<NavigableMap<Long, Kept>> allowed =
        models.subList(acknowledged, Math.min(models.size(), acknowledged + 2));
    try (Store store = Store.open(disk.asProcess("next"), CaptureRecording.environment(7));
        Chain chain = store.open(CaptureRecording.CHAIN)) {
      NavigableMap<Long, Kept> expected = one(allowed, chain);
      checkPoints(chain, expected);
      attachAnew(chain, thoroughly);
      LeftOver left = LeftOver.of(chain);
      if (!left.files().isEmpty()) {
        throw new AssertionError("the next capture has left " + left.files());
      }
    }
  }

  private static NavigableMap<Long, Kept> one(List<NavigableMap<Long, Kept>> allowed, Chain chain)
      throws IOException {
    List<Long> points = numbers(chain);
    for (NavigableMap<Long, Kept> model : allowed) {
      if (List.copyOf(model.keySet()).equals(points)) {
        return model;
      }
    }
    throw new AssertionError("points " + points + "; there may be " + allowed);
  }

  private static List<Long> numbers(Chain chain) throws IOException {
    return chain.restorePoints().stream().map(ChainSnapshot.RestorePoint::checkpoint).toList();
  }

  private static void checkPoints(Chain chain, Map<Long, Kept> expected) throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      for (Map.Entry<Long, Kept> point : expected.entrySet()) {
        PointView view = snapshot.view(point.getKey());
        requireSame(point.getValue().state(), withoutFigures(view.deviceState()), point);
        requireSame(point.getValue().pages(), pages(view), point);
      }
    }
    List<Finding> findings = new ArrayList<>();
    new Verifier(chain, findings::add, 1, new Random(1)).run();
    requireSame(List.of(), findings, "verify");
  }

  private static NavigableMap<Long, Integer> pages(PointView view) throws IOException {
    NavigableMap<Long, Integer> pages = new TreeMap<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment page = arena.allocate(PAGE, 64);
      view.presentRuns(
          0,
          0,
          ScriptedCapture.PAGES,
          (first, count) -> {
            for (long at = first; at < first + count; at++) {
              view.read(0, at, page);
              pages.put(at, page.get(ValueLayout.JAVA_INT, 0));
            }
          });
    }
    return pages;
  }

  /** The last section says what the point cost: it is there, and not the machine's. */
  private static DeviceState withoutFigures(DeviceState state) {
    List<DeviceSection> sections = state.sections();
    assertEquals(CaptureFigures.SECTION, sections.getLast().name());
    return new DeviceState(sections.subList(0, sections.size() - 1));
  }

  private static void requireSame(Object expected, Object found, Object what) {
    if (!expected.equals(found)) {
      throw new AssertionError(what + ": expected " + expected + ", found " + found);
    }
  }

  /** What comes after a crash: its first checkpoint is whole, whatever the tip is. */
  private void attachAnew(Chain chain, boolean thoroughly) throws IOException {
    NavigableMap<Long, Integer> machine = new TreeMap<>(Map.of(1L, 21, 50L, 22));
    Silent silent = new Silent();
    try (ScriptedCapture capture =
        new ScriptedCapture(
            chain,
            directory,
            silent,
            failure -> {
              throw new AssertionError(failure);
            })) {
      put(capture, true, machine, 100);
      if (thoroughly) {
        machine.put(51L, 23);
        put(capture, false, Map.of(51L, 23), 101);
      }
    }
    requireSame(thoroughly ? 2 : 1, silent.told, "points of the next capture");
    checkPoints(
        chain,
        Map.of(
            numbers(chain).getLast(),
            new Kept(machine, CaptureRecording.state(thoroughly ? 101 : 100, false))));
  }

  private static void put(
      ScriptedCapture capture, boolean whole, Map<Long, Integer> pages, int moment)
      throws IOException {
    capture.put(
        new ScriptedCapture.Sent(
            whole, Map.copyOf(pages), CaptureRecording.state(moment, false), false),
        Instant.parse("2026-11-21T10:00:00Z").plusSeconds(moment));
  }

  /** Counts. */
  private static final class Silent implements ScriptedCapture.Listener {
    private int told;

    @Override
    public void stored() {}

    @Override
    public void told() {
      told++;
    }

    @Override
    public void dropped() {
      throw new AssertionError("dropped");
    }
  }
}

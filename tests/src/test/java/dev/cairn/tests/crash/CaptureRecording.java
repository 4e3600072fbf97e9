package dev.cairn.tests.crash;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Store;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.tools.capture.ScriptedCapture;
import dev.cairn.tools.capture.ScriptedCapture.Sent;
import dev.cairn.tools.disk.DiskNames;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;

/**
 * What a capture does to the disk: a first whole image, deltas, one whose disk pair failed, another
 * capture that attaches anew, all of it thinned out and merged as it goes. Not thread-safe.
 */
final class CaptureRecording implements ScriptedCapture.Listener {
  static final String CHAIN = "vm";
  private static final Instant BEGIN = Instant.parse("2026-11-20T10:00:00Z");

  /** A retained point as it should be. Immutable. */
  record Kept(NavigableMap<Long, Integer> pages, DeviceState state) {}

  private final DiskLog log = new DiskLog();
  private final List<NavigableMap<Long, Kept>> models = new ArrayList<>();
  private final Path spill;
  private NavigableMap<Long, Kept> model = new TreeMap<>();
  private NavigableMap<Long, Integer> machine = new TreeMap<>();
  private DeviceState state = DeviceState.NONE;
  private long next;
  private int moments;

  private CaptureRecording(Path spill) {
    this.spill = spill;
  }

  /** Runs it once. */
  static CaptureRecording record(Path spill) throws IOException {
    CaptureRecording recording = new CaptureRecording(spill);
    MemoryDirectory disk = MemoryDirectory.create();
    try (Store store =
            Store.create(
                new RecordingDirectory(disk.asProcess("capture"), recording.log), environment(1));
        Chain chain = store.create(CHAIN, 4096)) {
      recording.acknowledge();
      try (ScriptedCapture capture = recording.attach(chain)) {
        recording.put(capture, true, false, Map.of(1L, 1, 5L, 2, 40L, 3, 90L, 4));
        recording.put(capture, false, false, Map.of(1L, 5, 6L, 6));
        recording.put(capture, false, false, Map.of(5L, 0, 7L, 7, 41L, 8));
        recording.put(capture, false, true, Map.of(40L, 9, 42L, 10));
        recording.put(capture, false, false, Map.of(1L, 11, 42L, 12));
      }
      try (ScriptedCapture capture = recording.attach(chain)) {
        recording.put(capture, true, false, Map.of(2L, 13, 90L, 0));
        recording.put(capture, false, false, Map.of(2L, 14, 1L, 0));
        recording.put(capture, false, false, Map.of(3L, 15));
      }
    }
    return recording;
  }

  static Environment environment(long seed) {
    return new Environment(
        Clock.fixed(BEGIN, ZoneOffset.UTC), new Random(seed), Duration.ofSeconds(5));
  }

  private ScriptedCapture attach(Chain chain) {
    return new ScriptedCapture(
        chain,
        spill,
        this,
        failure -> {
          throw new AssertionError(failure);
        });
  }

  List<DiskEvent> events() {
    return log.events();
  }

  /** Returns what there may be, by the numbers of acknowledgements. */
  List<NavigableMap<Long, Kept>> models() {
    return models;
  }

  private void put(
      ScriptedCapture capture, boolean whole, boolean fault, Map<Long, Integer> written)
      throws IOException {
    moments++;
    machine = new TreeMap<>(machine);
    written.forEach(
        (page, value) -> {
          if (value == 0) {
            machine.remove(page);
          } else {
            machine.put(page, value);
          }
        });
    state = state(moments, !fault && moments % 2 == 1);
    capture.put(
        new Sent(whole, whole ? machine : written, state, fault), BEGIN.plusSeconds(moments));
  }

  /** Returns sections as a capture has them. */
  static DeviceState state(int moment, boolean disks) {
    List<DeviceSection> sections = new ArrayList<>();
    sections.add(new DeviceSection("devices", 1, new byte[100 + moment]));
    sections.add(new DeviceSection("machine", 1, new byte[] {'{', '}'}));
    if (disks) {
      sections.add(new DiskNames("command", "t" + moment, List.of(), List.of("a")).section());
    }
    return new DeviceState(sections);
  }

  @Override
  public void stored() {
    model = new TreeMap<>(model);
    model.put(next, new Kept(machine, state));
    next++;
    acknowledge();
  }

  @Override
  public void told() {
    model = new TreeMap<>(model);
    while (model.size() > ScriptedCapture.KEPT) {
      model.pollFirstEntry();
    }
    acknowledge();
  }

  @Override
  public void dropped() {}

  private void acknowledge() {
    models.add(model);
    log.acknowledged(models.size() - 1);
  }
}

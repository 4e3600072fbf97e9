package dev.cairn.tools.demo;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.PointView;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Runs the demonstration on an empty chain. Not thread-safe. */
public final class Demo {
  /**
   * What came of it. Immutable.
   *
   * @param failures what was found wrong, in words; empty if all held
   * @param figures for machines
   */
  public record Outcome(List<String> failures, Map<String, Object> figures) {}

  private final Chain chain;
  private final DemoOptions options;
  private final DemoConsole console;
  private final List<String> failures = new ArrayList<>();
  private final Map<String, Object> figures = new LinkedHashMap<>();

  /**
   * Prepares a demonstration.
   *
   * @param chain empty, with pages of 4 KiB; stays the caller's
   */
  public Demo(Chain chain, DemoOptions options, DemoConsole console) {
    this.chain = chain;
    this.options = options;
    this.console = console;
  }

  /** Runs all of it. */
  public Outcome run() throws IOException {
    title("A guest works, and is checkpointed while it does");
    CapturePhase.Outcome captured = new CapturePhase(chain, options, console).run();
    failures.addAll(captured.failures());
    figures.put("tracker", captured.tracker());
    figures.put("checkpoints", captured.checkpoints());
    figures.put("dirtyPages", captured.dirtyPages());
    figures.put("pauseP50Micros", captured.pauses().micros(0.5));
    figures.put("pauseMaxMicros", captured.pauses().micros(1));

    title("The guest is gone. What is left to merge is merged");
    merge(captured);
    try (ChainSnapshot snapshot = chain.snapshot()) {
      console.points(snapshot);
      compare(snapshot, captured.audits());
      CapturePhase.Audit past = captured.audits().getFirst();
      title("The past point " + name(past) + " comes to life in a second process");
      restore(snapshot.view(past.checkpoint()), past);
    }

    title("What the guest wrote, and when");
    captured.heat().draw(console.hasBlocks()).forEach(console::line);
    return new Outcome(List.copyOf(failures), figures);
  }

  private void merge(CapturePhase.Outcome captured) throws IOException {
    Merger.Report report = new Merger(chain, Policies.of(options.codec())).run();
    console.line(
        String.format(
            Locale.ROOT,
            "%d checkpoints became %d layers by %d merges in the background; now %d layers",
            captured.checkpoints(),
            report.layersBefore(),
            captured.merges(),
            report.layersAfter()));
    figures.put("backgroundMerges", captured.merges());
    figures.put("layersBefore", report.layersBefore());
    figures.put("layersAfter", report.layersAfter());
  }

  /** Compares the audited points, as the store has them now, with the bytes of then. */
  private void compare(ChainSnapshot snapshot, List<CapturePhase.Audit> audits) throws IOException {
    int same = 0;
    for (CapturePhase.Audit audit : audits) {
      PointView view = snapshot.view(audit.checkpoint());
      int pageSize = view.layout().pageSize();
      RegionDigests stored =
          RegionDigests.of(
              options.memoryBytes(), (offset, into) -> view.read(0, offset / pageSize, into));
      int differences = stored.differences(audit.digests());
      if (differences == 0) {
        same++;
      } else {
        failures.add(name(audit) + ": " + differences + " regions of 4 MiB differ");
      }
    }
    console.line(
        String.format(
            Locale.ROOT,
            "%d of %d labelled points are byte for byte what the guest's memory was then",
            same,
            audits.size()));
    figures.put("comparedPoints", audits.size());
  }

  private void restore(PointView view, CapturePhase.Audit past) throws IOException {
    RestorePhase.Outcome restored = new RestorePhase(options, console).run(view, past);
    failures.addAll(restored.failures());
    figures.put("restored", name(past));
    figures.put("onDemand", restored.onDemand());
    figures.put("faults", restored.times().count());
    figures.put("faultP50Micros", restored.times().micros(0.5));
    figures.put("faultP99Micros", restored.times().micros(0.99));
  }

  private String name(CapturePhase.Audit audit) {
    return chain.name() + "@" + audit.label();
  }

  private void title(String text) {
    console.line("");
    console.line(text);
  }
}

package dev.cairn.tools.command;

import dev.cairn.merge.Merger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Says what a merge did. */
final class MergeReports {
  private MergeReports() {}

  static void report(Console console, Merger.Report report, boolean dryRun) {
    if (dryRun) {
      console.line("%s", report.isEmpty() ? nothing(report) : "would begin with: " + steps(report));
    } else if (report.isEmpty()) {
      console.note("%s", nothing(report));
    } else {
      console.note(
          "%s; wrote %s, dropped %s; %s",
          steps(report),
          Console.bytes(report.writtenBytes()),
          Console.count(report.dropped(), "version"),
          layers(report));
    }
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("merged", report.merged());
    row.put("rewritten", report.rewritten());
    row.put("packed", report.packed());
    row.put("basesMoved", report.basesMoved());
    row.put("dropped", report.dropped());
    row.put("written", report.writtenBytes());
    row.put("layersBefore", report.layersBefore());
    row.put("layersAfter", report.layersAfter());
    row.put("dryRun", dryRun);
    row.put("firstStepsOnly", dryRun && !report.isEmpty());
    console.object(row);
  }

  /** Says how many layers there were and are. */
  static String layers(Merger.Report report) {
    return Console.count(report.layersBefore(), "layer")
        + " before, "
        + report.layersAfter()
        + " after";
  }

  private static String nothing(Merger.Report report) {
    return "nothing to merge: " + Console.count(report.layersBefore(), "layer");
  }

  /** Names what was due, and nothing else. */
  private static String steps(Merger.Report report) {
    List<String> steps = new ArrayList<>();
    if (report.basesMoved() > 0) {
      steps.add("moved the base");
    }
    if (report.rewritten() > 0) {
      steps.add("rewrote " + Console.count(report.rewritten(), "layer"));
    }
    if (report.merged() > 0) {
      steps.add("merged " + Console.count(report.merged(), "layer"));
    }
    if (report.packed() > 0) {
      steps.add("packed " + Console.count(report.packed(), "file"));
    }
    return String.join(", ", steps);
  }
}

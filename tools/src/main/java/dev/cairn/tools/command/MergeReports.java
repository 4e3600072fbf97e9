package dev.cairn.tools.command;

import dev.cairn.merge.Merger;
import java.util.LinkedHashMap;
import java.util.Map;

/** Says what a merge did. */
final class MergeReports {
  private MergeReports() {}

  static void report(Console console, Merger.Report report, boolean dryRun) {
    if (report.isEmpty()) {
      console.note("nothing to merge: %d layers", report.layersBefore());
    } else if (dryRun) {
      console.note(
          "would begin with: base images moved %d, layers rewritten %d, merged %d, files packed %d",
          report.basesMoved(), report.rewritten(), report.merged(), report.packed());
    } else {
      console.note(
          "base images moved %d, layers rewritten %d, merged %d, files packed %d: wrote %s, dropped"
              + " %d versions; %d layers before, %d after",
          report.basesMoved(),
          report.rewritten(),
          report.merged(),
          report.packed(),
          Console.bytes(report.writtenBytes()),
          report.dropped(),
          report.layersBefore(),
          report.layersAfter());
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
    console.object(row);
  }
}

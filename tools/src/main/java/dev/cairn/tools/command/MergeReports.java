package dev.cairn.tools.command;

import dev.cairn.merge.Merger;
import java.util.LinkedHashMap;
import java.util.Map;

/** Says what a merge did. */
final class MergeReports {
  private MergeReports() {}

  static void report(Console console, Merger.Report report, boolean dryRun) {
    if (report.merged() == 0) {
      console.note("nothing to merge: %d layers", report.layersBefore());
    } else {
      console.note(
          "%s %d layers, wrote %s, dropped %d versions: %d layers before, %d after",
          dryRun ? "would merge" : "merged",
          report.merged(),
          Console.bytes(report.writtenBytes()),
          report.dropped(),
          report.layersBefore(),
          report.layersAfter());
    }
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("merged", report.merged());
    row.put("written", report.writtenBytes());
    row.put("layersBefore", report.layersBefore());
    row.put("layersAfter", report.layersAfter());
    row.put("dryRun", dryRun);
    console.object(row);
  }
}

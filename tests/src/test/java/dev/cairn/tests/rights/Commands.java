package dev.cairn.tests.rights;

import java.nio.file.Path;
import java.util.List;

/** The commands that a test runs on a store with a chain {@code vm}. */
final class Commands {
  private Commands() {}

  /**
   * Returns all commands but {@code repair}.
   *
   * @param checkpoint of the next point
   * @param out a directory for what is restored and copied
   */
  static List<List<String>> all(List<String> checkpoint, Path out) {
    return List.of(
        List.of("list"),
        List.of("list", "vm"),
        List.of("list", "--label", "x"),
        List.of("show", "vm@1"),
        List.of("stats", "vm"),
        List.of("diff", "vm@0", "vm@1"),
        List.of("heatmap", "vm", "-o", out.resolve("map.png").toString()),
        List.of("report", "vm", "-o", out.resolve("report.html").toString()),
        List.of("verify"),
        List.of("restore", "vm@1", "--to", "raw:" + out.resolve("restored")),
        checkpoint,
        List.of("merge", "vm"),
        List.of("compact", "vm"),
        List.of("forget", "vm", "--keep-last", "1000"),
        List.of("label", "vm@1", "x"),
        List.of("pin", "vm@1"),
        List.of("fork", "vm@1", "side"),
        List.of("copy", "vm", "--to", out.resolve("other").toString()),
        List.of("reindex"),
        List.of("init"));
  }
}

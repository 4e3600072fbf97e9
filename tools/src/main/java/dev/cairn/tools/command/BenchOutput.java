package dev.cairn.tools.command;

import dev.cairn.tools.bench.Plot;
import dev.cairn.tools.bench.Report;
import dev.cairn.tools.bench.Results;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code cairn bench} that keep what it found in files. Not thread-safe. */
final class BenchOutput {
  @Option(
      names = "--save",
      paramLabel = "FILE.json",
      description = "writes what --json prints to a file, too: a line each")
  @Nullable Path save;

  @Option(names = "--plot", paramLabel = "FILE.svg", description = "draws it, too")
  @Nullable Path plot;

  @Option(
      names = "--report",
      paramLabel = "FILE.md",
      description = "writes it down with machine, JDK and command, too")
  @Nullable Path report;

  /** Refuses, before anything is measured, files that could not be written afterwards. */
  void check() {
    for (Path file : new @Nullable Path[] {save, plot, report}) {
      if (file == null) {
        continue;
      }
      Path parent = file.toAbsolutePath().getParent();
      if (parent == null || !Files.isDirectory(parent) || Files.isDirectory(file)) {
        throw new UsageException(file + ": expected a file in a directory that is there");
      }
    }
  }

  /** Writes the files that were asked for. */
  void write(Results results) throws IOException {
    if (save != null) {
      StringBuilder lines = new StringBuilder();
      results.json().forEach(line -> lines.append(Console.text(line)).append('\n'));
      Files.writeString(save, lines, StandardCharsets.UTF_8);
    }
    if (plot != null) {
      Files.writeString(plot, Plot.svg(results), StandardCharsets.UTF_8);
    }
    Path page = report;
    if (page != null) {
      Optional<String> picture = Optional.ofNullable(plot).map(file -> relative(page, file));
      Files.writeString(page, Report.markdown(results, picture), StandardCharsets.UTF_8);
    }
  }

  private static String relative(Path from, Path file) {
    Path directory = from.toAbsolutePath().getParent();
    Path target = file.toAbsolutePath();
    return directory == null ? target.toString() : directory.relativize(target).toString();
  }
}

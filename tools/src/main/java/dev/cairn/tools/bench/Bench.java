package dev.cairn.tools.bench;

import java.io.IOException;

/** One measurement: makes its own data, times or counts, and tells rows. Not thread-safe. */
public interface Bench {
  /** Takes rows as they are measured. */
  @FunctionalInterface
  interface Rows {
    void add(Row row);
  }

  /** Returns the word by which the command line picks it. */
  String name();

  /** Measures. What it left in the workbench's directory is deleted afterwards. */
  void run(Workbench bench, Rows rows) throws IOException;
}

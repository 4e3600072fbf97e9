package dev.cairn.tools.demo;

import dev.cairn.merge.BackgroundMerger;
import dev.cairn.merge.Merger;
import dev.cairn.store.BusyException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Counts what the merger beside a capture does. Thread-safe. */
final class MergeLog implements BackgroundMerger.Listener {
  private final List<String> failures = new ArrayList<>();
  private int count;

  @Override
  public synchronized void merged(Merger.Report report) {
    count++;
  }

  /** That somebody else merges the chain is no fault. */
  @Override
  public synchronized void failed(IOException failure) {
    if (failure instanceof BusyException) {
      return;
    }
    failures.add("merging in the background: " + failure.getMessage());
  }

  @Override
  public synchronized void stopped(IOException failure) {
    failures.add("merging in the background has stopped");
  }

  synchronized int count() {
    return count;
  }

  synchronized List<String> failures() {
    return List.copyOf(failures);
  }
}

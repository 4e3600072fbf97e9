package dev.cairn.tools.bench;

import java.util.List;

/** All measurements, in the order in which they are printed. */
public final class Benches {
  private Benches() {}

  /** Returns them. */
  public static List<Bench> all() {
    return List.of(
        new BytesBench(),
        new IndexBench(),
        new DeltaBench(),
        new CommitBench(),
        new CompareBench(),
        new RestoreBench(),
        new RetainedBench(),
        new RetentionBench(),
        new OpenBench(),
        new MemoryBench(),
        new PostcopyBench(),
        new StreamBench());
  }
}

package dev.cairn.tools.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All measurements by the work that they are about, in the order in which they are printed. */
public final class Benches {
  /** The word for what is held against other programs. */
  public static final String PEERS = "peers";

  /** The word for everything. */
  public static final String ALL = "all";

  /** The word for what is measured on a chain that is there. */
  public static final String DIFFERENCE = "difference";

  /** Those that run only when they are asked for. */
  public static final List<String> ON_DEMAND = List.of(PEERS, "curve", DIFFERENCE);

  private Benches() {}

  /**
   * One measurement.
   *
   * @param work the word by which the command line picks all of a kind
   */
  public record Part(String work, Bench bench) {
    /** Tells whether a word picks it: that of its work, or its own. */
    public boolean isNamed(String word) {
      return word.equals(work) || word.equals(bench.name());
    }
  }

  /** Returns them. */
  public static List<Part> all() {
    Map<String, List<Bench>> works = new LinkedHashMap<>();
    works.put("checkpoint", List.of(new BytesBench(), new DeltaBench(), new CommitBench()));
    works.put(PEERS, List.of(new PeersBench()));
    works.put("diff-image", List.of(new DiffImageBench()));
    works.put("restore", List.of(new RestoreBench()));
    works.put("merge", List.of(new MergeBench(), new RetainedBench(), new RetentionBench()));
    works.put("open", List.of(new OpenBench()));
    works.put("lookup", List.of(new IndexBench(), new LookupBench()));
    works.put("memory", List.of(new MemoryBench()));
    works.put("postcopy", List.of(new PostcopyBench()));
    works.put("stream", List.of(new StreamBench()));
    works.put("curve", List.of(new PointsCurveBench(), new RamCurveBench()));
    works.put(DIFFERENCE, List.of(new DifferenceBench()));
    List<Part> parts = new ArrayList<>();
    works.forEach((work, benches) -> benches.forEach(bench -> parts.add(new Part(work, bench))));
    return List.copyOf(parts);
  }
}

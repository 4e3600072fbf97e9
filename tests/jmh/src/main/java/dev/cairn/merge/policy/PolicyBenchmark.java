package dev.cairn.merge.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Both policies on a chain of 100,000 points: 12 layers, 149 files, nothing due. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PolicyBenchmark {
  private static final int LAYERS = 12;
  private static final int FILES = 149;

  private final List<LayerSize> layers = new ArrayList<>();
  private final List<DataFile> files = new ArrayList<>();

  @Setup
  public void make() {
    for (int i = LAYERS; i > 0; i--) {
      layers.add(new LayerSize((long) Math.pow(2.5, i) * 1024));
    }
    for (int i = 0; i < FILES; i++) {
      long bytes = (4L << 20) << (i < 90 ? 6 : 0);
      files.add(new DataFile(i, bytes, bytes, bytes / 4096, true));
    }
  }

  @Benchmark
  public Object merge() {
    return MergePolicy.DEFAULT.next(layers);
  }

  @Benchmark
  public Object pack() {
    return PackPolicy.DEFAULT.next(files);
  }
}
